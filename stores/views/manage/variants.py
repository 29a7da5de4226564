"""Variants of a product: the options matrix, each one's form, prices changed in their row."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.errors import DomainError
from stores.forms.goods import OptionsForm, PriceForm, VariantForm
from stores.models import Product, Store, Variant
from stores.queries.manage import product_to_edit, variant_of
from stores.services.catalogue import (
    StalePrice,
    archive_variant,
    generate_variants,
    restore_variant,
    save_variant,
    set_price,
)
from stores.views.manage.frame import (
    Permission,
    actor_of,
    blame,
    first_error,
    kwargs_of,
    manage_page,
    show,
    to,
    work_once,
)
from stores.views.manage.goods import show_editor


@manage_page(Permission.CATALOGUE)
def variant(request: HttpRequest, store: Store, product: str) -> HttpResponse:
    """Add a variant, or change the one named by `?id=`."""
    found = product_to_edit(store, product)
    chosen = variant_of(found, request.GET["id"]) if "id" in request.GET else None
    form = VariantForm(request.POST or None, store=store, product=found, variant=chosen)
    if request.method == "POST" and form.is_valid():
        try:
            return HttpResponseRedirect(work_once(request, lambda: _save(request, store, found, chosen, form)))
        except StalePrice as refusal:
            # What was typed stays; sent again it counts as seen.
            form.data = {**request.POST.dict(), "version": str(refusal.facts["version"])}
            form.add_error("price", str(refusal))
        except DomainError as refusal:
            blame(form, refusal)
    context = {"product": found, "variant": chosen, "form": form}
    return show(request, store, "goods/variant.html", context, section="catalogue")


def _save(request: HttpRequest, store: Store, product: Product, chosen: Variant | None, form: VariantForm) -> str:
    save_variant(
        product=product,
        details=form.details(),
        variant=chosen,
        expected_version=form.cleaned_data["version"] if chosen else None,
        actor=actor_of(request),
        now=timezone.now(),
    )
    return reverse("manage:product", kwargs=kwargs_of(store, product=product.slug)) + "#variants"


@manage_page(Permission.CATALOGUE)
@require_POST
def options(request: HttpRequest, store: Store, product: str) -> HttpResponse:
    """Make a variant for every combination of the options."""
    found = product_to_edit(store, product)
    form = OptionsForm(request.POST, store=store, product=found, prefix="options")
    if form.is_valid():
        try:
            made = generate_variants(
                product=found,
                options=form.matrix(),
                price=form.cleaned_data["price"],
                words=form.words(),
                actor=actor_of(request),
                now=timezone.now(),
            )
        except DomainError as refusal:
            blame(form, refusal)
        else:
            count = len(made)
            said = ngettext("%(count)d variant is sold now.", "%(count)d variants are sold now.", count)
            messages.success(request, said % {"count": count})
            return to(store, "product", product=found.slug)
    return show_editor(request, store, found, options=form)


@manage_page(Permission.CATALOGUE)
@require_POST
def price(request: HttpRequest, store: Store, product: str) -> HttpResponse:
    """Change a variant's price in its row; a price that someone else changed meanwhile is shown first."""
    found = product_to_edit(store, product)
    chosen = variant_of(found, request.POST.get("variant"))
    form = PriceForm(request.POST, store=store)
    error = ""
    if form.is_valid():
        try:
            set_price(
                variant=chosen,
                price=form.cleaned_data["price"],
                expected_version=form.cleaned_data["version"],
                actor=actor_of(request),
                now=timezone.now(),
            )
        except DomainError as refusal:
            error = str(refusal)
    else:
        error = first_error(form)
    said = error or _("The new price holds from now on.")
    if request.htmx:  # type: ignore[attr-defined]
        typed = request.POST.get("price", "") if error else None
        context = {"product": found, "variant": chosen, "error": error, "typed": typed, "saved": not error}
        response = show(request, store, "goods/variant_row.html", context, section="catalogue")
        if not error:
            response["HX-Trigger"] = json.dumps({"toast": {"text": said, "kind": "success"}})
        return response
    if error:
        messages.error(request, said)
    else:
        messages.success(request, said)
    return to(store, "product", product=found.slug)


@manage_page(Permission.CATALOGUE)
@require_POST
def variant_state(request: HttpRequest, store: Store, product: str, change: str) -> HttpResponse:
    """Sell a variant no longer, or again."""
    found = product_to_edit(store, product)
    chosen = variant_of(found, request.POST.get("variant"))
    work = archive_variant if change == "archive" else restore_variant
    work(variant=chosen, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("No longer sold.") if change == "archive" else _("Sold again."))
    return to(store, "product", product=found.slug)
