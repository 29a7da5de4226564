"""Suppliers, and what the store's articles cost there."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError, NotAllowed
from stores.forms.supply import GoodForm, SupplierForm
from stores.models import Store, Supplier
from stores.queries.manage import counted_variant
from stores.queries.supply import goods_of, purchase_orders_of, supplier_for, suppliers_of, variant_by_code
from stores.services.supply.scanning import UnknownCode
from stores.services.supply.suppliers import remove_good, save_good, save_supplier
from stores.views.manage.frame import Permission, actor_of, blame, kwargs_of, manage_page, show, to, work_once

RECENT = 10


@manage_page(Permission.STOCK)
def suppliers(request: HttpRequest, store: Store) -> HttpResponse:
    """Those of the store and those of the whole union."""
    found = suppliers_of(store)
    return show(request, store, "supply/suppliers.html", {"suppliers": list(found)}, section="suppliers")


@manage_page(Permission.STOCK)
def supplier_edit(request: HttpRequest, store: Store, ref: str = "") -> HttpResponse:
    """A new supplier of the store, or one of its own with other words."""
    found = supplier_for(store, ref) if ref else None
    if found is not None and found.store_id != store.pk:
        raise NotAllowed
    form = SupplierForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():

        def work() -> str:
            kept = save_supplier(
                store=store, details=form.details(), actor=actor_of(request), now=timezone.now(), supplier=found
            )
            return reverse("manage:supplier", kwargs=kwargs_of(store, ref=kept.ref))

        try:
            address = work_once(request, work)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(address)
    return show(request, store, "supply/supplier_edit.html", {"form": form, "supplier": found}, section="suppliers")


@manage_page(Permission.STOCK)
def supplier(request: HttpRequest, store: Store, ref: str) -> HttpResponse:
    """One supplier with its goods and the last orders; POST says what an article costs there."""
    found = supplier_for(store, ref)
    good = goods_of(found, store).filter(variant__sku=request.GET.get("article", "")).first()
    form = GoodForm(request.POST or None, store=store, good=good)
    if request.method == "POST" and form.is_valid():

        def work() -> str:
            variant = variant_by_code(store.pk, store.union_id, form.cleaned_data["article"])
            if variant is None:
                raise UnknownCode(field="article")
            save_good(supplier=found, variant=variant, terms=form.terms(), actor=actor_of(request), now=timezone.now())
            return reverse("manage:supplier", kwargs=kwargs_of(store, ref=ref))

        try:
            address = work_once(request, work)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(address)
    context = {
        "supplier": found,
        "is_own": found.store_id == store.pk,
        "goods": list(goods_of(found, store)),
        "orders": list(purchase_orders_of(store).filter(supplier=found)[:RECENT]),
        "form": form,
    }
    return show(request, store, "supply/supplier.html", context, section="suppliers")


@manage_page(Permission.STOCK)
@require_POST
def good_gone(request: HttpRequest, store: Store, ref: str) -> HttpResponse:
    """The supplier no longer has the article."""
    found: Supplier = supplier_for(store, ref)
    variant = counted_variant(store, request.POST.get("article", ""))
    remove_good(supplier=found, variant=variant, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("Saved."))
    return to(store, "supplier", ref=ref)
