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
from orders.models import HandOver, HandOverRule, Order, OrderLine
from orders.presenting.orders import credits_shown
from orders.presenting.parcels import slip_lines
from orders.presenting.paths import path_shown
from orders.presenting.returns import return_shown
from orders.presenting.runs import run_context
from orders.queries.manage import VIEWS, order_to_handle, work_figures, work_list
from orders.queries.parcels import goods_of, last_service, services_of
from orders.queries.pieces import LEFT, callable_pieces
from orders.queries.returns import returns_of_orders
from orders.queries.shopper import awaits_time
from orders.queries.substitutions import substitutions_of
from orders.services.fulfilment import (
    accept_order,
    cancel_order,
    deliver_order,
    hand_over_order,
    next_moves,
    pack_order,
    ship_order,
)
from orders.services.handing import MOST_TRIES, proof_of
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
    moves = next_moves(order=found)
    step = next((move for move in moves if move in STEP_WORDS), "")
    looked_at(request, store, found)
    goods = goods_of(found) if step in ("ship", "deliver") else []
    if step == "deliver" and any(line.to_go > 0 for line in goods):  # type: ignore[attr-defined]
        # A parcel came back: its pieces are sent again before anything can have arrived.
        step = "ship" if found.shipments.all() else step
    if step == "ship":
        ship = ship or ship_form(store, found, goods)
    proof = proof_of(store_id=store.pk) if step == "hand_over" and found.delivery_kind == "pickup" else ""
    handed = HandOver.objects.filter(union=store.union_id, order=found).defer("signature").first()
    lines = list(found.lines.all())
    away = {line.pk: line.left for line in goods}  # type: ignore[attr-defined]
    for line in lines:
        line.away = away.get(line.pk, 0)  # type: ignore[attr-defined]
    context = {
        "order": found,
        "purchase": found.purchase,
        "lines": lines,
        "awaits_time": awaits_time(found),
        "shipments": list(found.shipments.all()),
        "moments": [
            {
                "title": Order.State(change.to_state).label,
                "time": change.at,
                "text": " · ".join(text for text in (str(change.actor or ""), change.note) if text),
                "state": "done",
            }
            for change in found.changes.all()
        ],
        "step": step,
        "step_words": STEP_WORDS.get(step, ""),
        "proof": "" if proof == HandOverRule.Proof.NONE else proof,
        "code": code or CodeForm(),
        "sign": sign or SignatureForm(),
        "code_over": handed is not None and handed.tries >= MOST_TRIES,
        "handed": handed if handed is not None and handed.how else None,
        "may_cancel": "cancel_packed" in moves and not any(away.values()),
        "may_call_off": sum(callable_pieces(order=found, lines=found.lines.all(), by_store=True).values()) > 1,
        "credits": credits_shown(found),
        "offers": substitutions_of([found]).get(found.pk, ()) if found.state in VIEWS["open"] else (),
        "may_return": found.state in LEFT and any(line.kept for line in found.lines.all()),
        "returns": [return_shown(each) for each in returns_of_orders([found]).get(found.pk, ())],
        "ship": ship,
        "cancel": cancel or CancelForm(prefix="cancel"),
        **run_context(store, found, user_id=request.user.pk, now=timezone.now()),
        "path": path_shown(store, found.purchase_id),
        "is_late": bool(found.deadline and found.deadline < timezone.now() and found.state in VIEWS["open"]),
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
