"""Orders on the management pages: the dashboard, the work list, one order and its next step, the packing slip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from babel.dates import format_skeleton
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from core.charts import Chart, Point, draw
from core.errors import DomainError, WrongState
from core.money import exponent_of, format_money, locale_of
from orders.forms.manage import CancelForm, ShipForm
from orders.models import Order
from orders.queries.manage import VIEWS, DaySales, order_to_handle, sales_by_day, work_figures, work_list
from orders.queries.shopper import awaits_time
from orders.services.fulfilment import (
    accept_order,
    cancel_order,
    deliver_order,
    hand_over_order,
    next_moves,
    pack_order,
    ship_order,
)
from payments.queries.accounts import can_be_paid_out
from stores.models import Store
from stores.queries.manage import low_levels, opening_of
from stores.services.opening import missing_steps
from stores.views.manage.frame import Permission, actor_of, blame, manage_page, show, to

PER_PAGE = 25
LOW_SHOWN = 5
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
    ("todo", gettext_lazy("To do")),
    ("way", gettext_lazy("On the way")),
    ("done", gettext_lazy("Done")),
    ("cancelled", gettext_lazy("Cancelled")),
    ("all", gettext_lazy("All")),
)


@manage_page(None)
def dashboard(request: HttpRequest, store: Store) -> HttpResponse:
    """Today: what waits, what was sold, what runs low, and for a fresh store the way to its opening."""
    now = timezone.now()
    looks = store.only_looking  # type: ignore[attr-defined]
    may = store.allowed  # type: ignore[attr-defined]
    context: dict[str, Any] = {"opening": opening_of(store, now=timezone.now())}
    if looks or Permission.ORDERS in may:
        context["figures"] = work_figures(store, now=now)
        context["urgent"] = work_list(store, now=now)[:LOW_SHOWN]
        context["now"] = now
    if looks or {Permission.ORDERS, Permission.SETTLEMENT} & may:
        sales = sales_by_day(store, now=now)
        context["sales"] = sales_chart(store, sales)
        context["has_sold"] = any(day.orders for day in sales)
    if looks or Permission.STOCK in may:
        low = low_levels(store).select_related("variant__product").order_by("available", "variant_id")
        context["low_count"] = low.count()
        context["low"] = low[:LOW_SHOWN]
    if looks or Permission.CATALOGUE in may:
        context["steps"] = _first_steps(store)
    counts = {"orders": context["figures"].paid} if "figures" in context else {}
    return show(request, store, "dashboard.html", context, section="dashboard", counts=counts)


def sales_chart(store: Store, sales: list[DaySales]) -> Chart:
    """A bar per day; its title says what came of it."""
    currency = store.union.currency
    total = format_money(sum(day.total for day in sales), currency)
    count = sum(day.orders for day in sales)
    said = ngettext(
        "%(total)s from %(count)d order in the last 14 days",
        "%(total)s from %(count)d orders in the last 14 days",
        count,
    ) % {"total": total, "count": count}
    points = [
        Point(
            format_skeleton("MMMd", day.day, locale=locale_of()),
            day.total,
            format_money(day.total, currency),
            now=day is sales[-1],
        )
        for day in sales
    ]
    return draw(title=said, unit=currency, points=points, label_heading=_("Day"), scale=10 ** exponent_of(currency))


def _first_steps(store: Store) -> list[dict[str, Any]]:
    """What is to be done before a store can open; empty once it is open."""
    if store.is_published:
        return []
    missing = missing_steps(store=store)
    has_account = can_be_paid_out(store.membership)
    rows = [
        ("texts", _("Say who you are"), _("One line and a short introduction."), "settings"),
        ("hours", _("Tell your opening hours"), _("Also a shop without a counter answers at some times."), "hours"),
        ("delivery", _("Say how goods reach the shopper"), _("Pick-up, delivery, prices and days."), "delivery"),
        ("goods", _("Put your first goods in the window"), _("A title, a price, a picture."), "catalogue"),
    ]
    steps = [
        {"title": title, "text": text, "page": page, "is_done": name not in missing} for name, title, text, page in rows
    ]
    steps.append(
        {
            "title": _("Name the account for your earnings"),
            "text": _("You can open without it; payouts wait for it."),
            "page": "settlement",
            "is_done": has_account,
        }
    )
    return steps


@manage_page(Permission.ORDERS)
def orders(request: HttpRequest, store: Store) -> HttpResponse:
    """The work list: what is due first on top. New orders ask htmx for the rows again."""
    now = timezone.now()
    view = request.GET.get("view", "todo")
    view = view if view in VIEWS else "todo"
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
            {"name": name, "title": title, "count": {"todo": figures.todo, "way": figures.shipped}.get(name)}
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


def show_order(
    request: HttpRequest, store: Store, found: Order, *, ship: ShipForm | None = None, cancel: CancelForm | None = None
) -> HttpResponse:
    """The page of an order, with the form that was refused in its place."""
    moves = next_moves(order=found)
    step = next((move for move in moves if move in STEP_WORDS), "")
    context = {
        "order": found,
        "purchase": found.purchase,
        "lines": list(found.lines.all()),
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
        "may_cancel": "cancel_packed" in moves,
        "ship": ship or ShipForm(),
        "cancel": cancel or CancelForm(prefix="cancel"),
        "is_late": bool(found.deadline and found.deadline < timezone.now() and found.state in VIEWS["todo"]),
    }
    return show(request, store, "orders/order.html", context, section="orders")


@manage_page(Permission.ORDERS)
@require_POST
def order_step(request: HttpRequest, store: Store, number: str, step: str) -> HttpResponse:
    """Take the order's next step. Of two who press at once, one takes it and the other sees it done."""
    found = order_to_handle(store, number)
    by: dict[str, Any] = {"actor": actor_of(request), "now": timezone.now()}
    ship = ShipForm(request.POST) if step == "ship" else None
    cancel = CancelForm(request.POST, prefix="cancel") if step == "cancel" else None
    form = ship or cancel
    if form is not None and not form.is_valid():
        return show_order(request, store, found, ship=ship, cancel=cancel)
    try:
        if ship is not None:
            ship_order(order=found, **ship.cleaned_data, **by)
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
    """A page to print and put into the parcel."""
    found = order_to_handle(store, number)
    context = {"order": found, "purchase": found.purchase, "lines": list(found.lines.all())}
    return show(request, store, "orders/slip.html", context, section="orders")
