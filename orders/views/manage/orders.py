"""Orders on the management pages: the work list, one order and its next step, the packing slip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core.errors import DomainError, WrongState
from orders.forms.manage import CancelForm
from orders.forms.parcels import CodeForm, ShipForm, SignatureForm
from orders.models import Order, OrderLine
from orders.presenting.handling import order_handled
from orders.presenting.parcels import slip_lines
from orders.presenting.runs import run_context
from orders.queries.manage import VIEWS, order_to_handle, work_figures, work_list
from orders.queries.parcels import goods_of, last_service, services_of
from orders.services.fulfilment import (
    accept_order,
    cancel_order,
    deliver_order,
    hand_over_order,
    pack_order,
    ship_order,
)
from orders.views.manage.looking import looked_at
from stores.models import Store
from stores.views.manage.frame import Permission, actor_of, blame, manage_page, show, to

PER_PAGE = 25
PLAIN_STEPS: dict[str, Callable[..., Order]] = {
    "accept": accept_order,
    "pack": pack_order,
    "hand_over": hand_over_order,
    "deliver": deliver_order,
}
STEP_WORDS = {
    "accept": gettext_lazy("Accept the order"),
    "pack": gettext_lazy("It is packed"),
    "ship": gettext_lazy("Hand to the carrier"),
    "hand_over": gettext_lazy("Handed over to the shopper"),
    "deliver": gettext_lazy("It has arrived"),
}
TABS = (
    ("open", gettext_lazy("To do")),
    ("way", gettext_lazy("On the way")),
    ("done", gettext_lazy("Done")),
    ("cancelled", gettext_lazy("Cancelled")),
    ("all", gettext_lazy("All")),
)


@manage_page(Permission.ORDERS)
def orders(request: HttpRequest, store: Store) -> HttpResponse:
    """The work list: what is due first on top. New orders ask htmx for the rows again."""
    now = timezone.now()
    view = request.GET.get("view", "open")
    view = view if view in VIEWS else "open"
    words = request.GET.get("q", "").strip()[:100]
    late = "late" in request.GET
    found: QuerySet[Order] = work_list(store, view=view, words=words, late=late, now=now)
    figures = work_figures(store, now=now)
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "view": view,
        "words": words,
        "late": late,
        "is_narrowed": bool(words or late),
        "figures": figures,
        "tabs": [
            {"name": name, "title": title, "count": {"open": figures.open, "way": figures.shipped}.get(name)}
            for name, title in TABS
        ],
        "now": now,
    }
    template = "orders/rows.html" if request.htmx else "orders/list.html"  # type: ignore[attr-defined]
    return show(request, store, template, context, section="orders", counts={"orders": figures.paid})


@manage_page(Permission.ORDERS)
def order(request: HttpRequest, store: Store, number: str) -> HttpResponse:
    """One order with its next step."""
    return show_order(request, store, order_to_handle(store, number))


def ship_form(store: Store, found: Order, goods: list[OrderLine], data: Any = None) -> ShipForm:
    """The form of a parcel, with the carriers that the union offers and what is still to go."""
    services = services_of(store.union, today=timezone.localdate())
    last = last_service(store) if services and data is None else None
    return ShipForm(data, services=services, goods=goods, purchase=found.purchase, last=last)


def show_order(
    request: HttpRequest,
    store: Store,
    found: Order,
    *,
    ship: ShipForm | None = None,
    cancel: CancelForm | None = None,
    code: CodeForm | None = None,
    sign: SignatureForm | None = None,
) -> HttpResponse:
    """The page of an order, with the form that was refused in its place."""
    now = timezone.now()
    looked_at(request, store, found)
    handled = order_handled(store, found, now=now)
    if handled["step"] == "ship":
        ship = ship or ship_form(store, found, handled["goods"])
    context = {
        **handled,
        "step_words": STEP_WORDS.get(handled["step"], ""),
        "ship": ship,
        "cancel": cancel or CancelForm(prefix="cancel"),
        "code": code or CodeForm(),
        "sign": sign or SignatureForm(),
        **run_context(store, found, user_id=request.user.pk, now=now, move=handled["step"]),
    }
    return show(request, store, "orders/order.html", context, section="orders")


@manage_page(Permission.ORDERS)
@require_POST
def order_step(request: HttpRequest, store: Store, number: str, step: str) -> HttpResponse:
    """Take the order's next step. Of two who press at once, one takes it and the other sees it done."""
    found = order_to_handle(store, number)
    by: dict[str, Any] = {"actor": actor_of(request), "now": timezone.now()}
    ship = ship_form(store, found, goods_of(found), request.POST) if step == "ship" else None
    cancel = CancelForm(request.POST, prefix="cancel") if step == "cancel" else None
    form = ship or cancel
    if form is not None and not form.is_valid():
        return show_order(request, store, found, ship=ship, cancel=cancel)
    try:
        if ship is not None:
            ship_order(order=found, **ship.parcel(), **by)
        elif cancel is not None:
            cancel_order(order=found, reason=cancel.cleaned_data["reason"], by_store=True, **by)
        else:
            PLAIN_STEPS[step](order=found, **by)
    except WrongState:
        messages.info(request, _("This order has moved on in the meantime. Here is where it is now."))
    except DomainError as refusal:
        if form is not None:
            blame(form, refusal)
            return show_order(request, store, order_to_handle(store, number), ship=ship, cancel=cancel)
        messages.error(request, str(refusal))
    else:
        messages.success(request, _said(step))
    return to(store, "order", number=number)


def _said(step: str) -> str:
    return {
        "accept": _("Accepted, and the money is settled. The shopper has been told."),
        "pack": _("Packed."),
        "ship": _("On its way. The shopper has been told."),
        "hand_over": _("Handed over."),
        "deliver": _("Delivered."),
        "cancel": _("Cancelled. Stock and money go back, the shopper has been told."),
    }[step]


@manage_page(Permission.ORDERS)
def packing_slip(request: HttpRequest, store: Store, number: str) -> HttpResponse:
    """A page to print and put into the parcel: one that has left (`?parcel=`), or what is still to go."""
    found = order_to_handle(store, number)
    looked_at(request, store, found)
    parcel = next((one for one in found.shipments.all() if one.number == request.GET.get("parcel")), None)
    if parcel is not None:
        pieces = dict(parcel.lines.values_list("order_line", "quantity"))
    else:
        pieces = {line.pk: line.to_go for line in goods_of(found) if line.to_go > 0}  # type: ignore[attr-defined]
    rows = slip_lines(found, pieces or None)
    context = {"order": found, "purchase": found.purchase, "parcel": parcel, "rows": rows}
    return show(request, store, "orders/slip.html", context, section="orders")
