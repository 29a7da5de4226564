"""What the store orders from its suppliers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.errors import DomainError, Invalid
from stores.forms.supply import NewOrderForm, OrderLineForm, SendForm
from stores.models import PurchaseOrder, Store
from stores.queries.supply import (
    lines_of,
    purchase_order_for,
    purchase_orders_of,
    receipts_of,
    supplier_for,
    suppliers_of,
    variant_by_code,
)
from stores.services.supply.ordering import (
    Wanted,
    call_off_order,
    order_what_is_short,
    put_line,
    send_order,
    write_order,
)
from stores.services.supply.scanning import UnknownCode
from stores.views.manage.frame import (
    Permission,
    actor_of,
    blame,
    kwargs_of,
    manage_page,
    show,
    to,
    work_once,
)

PER_PAGE = 50


@manage_page(Permission.STOCK)
def purchase_orders(request: HttpRequest, store: Store) -> HttpResponse:
    """Every order, newest first; POST begins a draft."""
    state = request.GET.get("state", "")
    suppliers = list(suppliers_of(store).filter(is_active=True))
    form = NewOrderForm(
        request.POST or None, suppliers=suppliers, initial={"supplier": request.GET.get("supplier", "")}
    )
    if request.method == "POST" and form.is_valid():

        def work() -> str:
            order = write_order(
                store=store,
                supplier=supplier_for(store, form.cleaned_data["supplier"]),
                wanted=[],
                actor=actor_of(request),
                now=timezone.now(),
                note=form.cleaned_data["note"],
            )
            return reverse("manage:purchase_order", kwargs=kwargs_of(store, number=order.number))

        return HttpResponseRedirect(work_once(request, work))
    context = {
        "page": Paginator(purchase_orders_of(store, state=state), PER_PAGE).get_page(request.GET.get("page")),
        "state": state,
        "states": [("open", _("Open")), *PurchaseOrder.State.choices],
        "form": form,
        "has_suppliers": bool(suppliers),
    }
    return show(request, store, "supply/orders.html", context, section="suppliers")


@manage_page(Permission.STOCK)
@require_POST
def propose(request: HttpRequest, store: Store) -> HttpResponse:
    """Write a draft to every supplier of what runs short."""

    def work() -> str:
        orders = order_what_is_short(store=store, actor=actor_of(request), now=timezone.now())
        said = ngettext("%(count)d draft is written.", "%(count)d drafts are written.", len(orders))
        messages.success(request, said % {"count": len(orders)})
        if len(orders) == 1:
            return reverse("manage:purchase_order", kwargs=kwargs_of(store, number=orders[0].number))
        return reverse("manage:purchase_orders", kwargs=kwargs_of(store)) + "?state=draft"

    return HttpResponseRedirect(work_once(request, work))


@manage_page(Permission.STOCK)
def purchase_order(request: HttpRequest, store: Store, number: str) -> HttpResponse:
    """One order with its lines and deliveries; POST puts an article on the draft, changes it or takes it off."""
    order = purchase_order_for(store, number)
    form = OrderLineForm(request.POST or None, store=store)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data

        def work() -> str:
            variant = variant_by_code(store.pk, store.union_id, data["article"])
            if variant is None:
                raise UnknownCode(field="article")
            wanted = Wanted(variant, data["quantity"], data["price"])
            put_line(order=order, wanted=wanted, actor=actor_of(request), now=timezone.now())
            return reverse("manage:purchase_order", kwargs=kwargs_of(store, number=number))

        try:
            return HttpResponseRedirect(work_once(request, work))
        except DomainError as refusal:
            named = {"unit_price": "price"}
            field = named.get(getattr(refusal, "field", None) or "")
            if field:
                form.add_error(field, str(refusal))
            else:
                blame(form, refusal)
    return _shown(request, store, order, form=form, send_form=SendForm())


def _shown(request: HttpRequest, store: Store, order: PurchaseOrder, **forms: Form) -> HttpResponse:
    """The order's page; what a form of it refused stands beside what was typed."""
    context: dict[str, Any] = {
        **forms,
        "order": order,
        "lines": list(lines_of(order)),
        "receipts": list(receipts_of(order)),
        "is_draft": order.state == PurchaseOrder.State.DRAFT,
        "is_open": order.state in PurchaseOrder.OPEN,
    }
    return show(request, store, "supply/order.html", context, section="suppliers")


@manage_page(Permission.STOCK)
@require_POST
def order_change(request: HttpRequest, store: Store, number: str, change: str) -> HttpResponse:
    """Send the draft, or call off what has not come."""
    order = purchase_order_for(store, number)
    if change == "send":
        form = SendForm(request.POST)
        if not (form.is_valid() and _sent(request, order, form)):
            return _shown(request, store, order, form=OrderLineForm(store=store), send_form=form)
        messages.success(request, _("Ordered."))
    else:
        call_off_order(order=order, actor=actor_of(request), now=timezone.now())
        messages.success(request, _("Called off."))
    return to(store, "purchase_order", number=number)


def _sent(request: HttpRequest, order: PurchaseOrder, form: SendForm) -> bool:
    try:
        send_order(
            order=order, actor=actor_of(request), now=timezone.now(), expected_on=form.cleaned_data["expected_on"]
        )
    except Invalid as refusal:
        blame(form, refusal)
        return False
    return True
