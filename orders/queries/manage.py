"""What a store's staff see of orders: figures of the day, the work list, one order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum

from core.errors import NotFound
from core.references import normalise_reference
from orders.models import HandOver, Order, OrderChange, OrderLine, Shipment, StoreDay
from stores.models import Store

State = Order.State
VIEWS: dict[str, tuple[str, ...]] = {
    "open": Order.WAITING,
    "way": (State.SHIPPED,),
    "done": (State.DELIVERED, State.COMPLETED),
    "cancelled": (State.CANCELLED,),
    "all": (),
}
"""The tabs of the work list and their states; orders not paid yet are nobody's work."""


@dataclass(frozen=True, slots=True)
class DaySales:
    """What was sold on one date of the union's calendar, in minor units."""

    day: date
    orders: int
    total: int


@dataclass(frozen=True, slots=True)
class WorkFigures:
    """How many open orders wait in each state, how many are past their deadline, how many came in today."""

    paid: int
    accepted: int
    packed: int
    shipped: int
    late: int
    today: int

    @property
    def open(self) -> int:
        """Orders that wait for the store."""
        return self.paid + self.accepted + self.packed


def business_of(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Without what nobody ever paid for: orders still waiting for the bank, and those cancelled while they did."""
    return orders.exclude(state=State.PLACED).exclude(never_paid(), state=State.CANCELLED)


def never_paid() -> Exists:
    """Whether an order was cancelled while it still waited for the bank."""
    steps = OrderChange.objects.filter(order=OuterRef("pk"), from_state=State.PLACED, to_state=State.CANCELLED)
    return Exists(steps)


def work_figures(store: Store, *, now: datetime) -> WorkFigures:
    """The figures of the dashboard in one query over open orders and those of today."""
    midnight = _midnight(store, now)
    states = (*VIEWS["open"], State.SHIPPED)
    figures = (
        Order.objects.filter(union_id=store.union_id, store=store)
        .filter(Q(state__in=states) | Q(placed_at__gte=midnight))
        .aggregate(
            **{state: Count("pk", filter=Q(state=state)) for state in states},
            late=Count("pk", filter=Q(state__in=VIEWS["open"], deadline__lt=now)),
            today=Count("pk", filter=Q(placed_at__gte=midnight) & ~Q(state__in=Order.NOT_SOLD)),
        )
    )
    return WorkFigures(**figures)


def sales_by_day(store: Store, *, now: datetime, days: int = 14) -> list[DaySales]:
    """The last days up to today, also those on which nothing was sold, from the kept figures; one query.

    Cancelled and unpaid orders do not count, nor does what went back.
    """
    today = now.astimezone(ZoneInfo(store.union.time_zone)).date()
    every = [today - timedelta(days=days - 1 - ahead) for ahead in range(days)]
    kept = {row.day: row for row in StoreDay.objects.filter(union_id=store.union_id, store=store, day__gte=every[0])}
    return [
        DaySales(day, kept[day].orders, kept[day].gross - kept[day].taken_back) if day in kept else DaySales(day, 0, 0)
        for day in every
    ]


def work_list(
    store: Store, *, view: str = "open", words: str = "", late: bool = False, now: datetime
) -> QuerySet[Order]:
    """The store's orders of a tab with purchase and number of `pieces` that are kept: what is due first on top, what is
    done newest first. `words` finds a number (also misspelt), a name or an e-mail address.
    """
    states = VIEWS[view]
    orders: QuerySet[Order] = Order.objects.filter(union_id=store.union_id, store=store)
    if states:
        orders = orders.filter(state__in=states)
    if not states or State.CANCELLED in states:
        orders = business_of(orders)
    if late:
        orders = orders.filter(deadline__lt=now)
    for word in words.split():
        # A number that was read out over the phone comes with an O for a zero and without its hyphens.
        number = normalise_reference(word) or word
        orders = orders.filter(
            Q(number__icontains=number)
            | Q(purchase__number__icontains=number)
            | Q(purchase__recipient__icontains=word)
            | Q(purchase__email__icontains=word)
        )
    by_deadline = view in {"open", "way"}
    lines = OrderLine.objects.filter(order=OuterRef("pk")).order_by()
    pieces = lines.values("order").annotate(total=Sum(F("quantity") - F("cancelled") - F("returned"))).values("total")
    order = [F("deadline").asc(nulls_last=True), "pk"] if by_deadline else ["-pk"]
    return orders.select_related("purchase").annotate(pieces=Subquery(pieces)).order_by(*order)


def order_to_handle(store: Store, number: str) -> Order:
    """The store's order with purchase, lines, history and shipments. Raises NotFound, also if nobody paid it."""
    order = (
        business_of(Order.objects.filter(union_id=store.union_id, store=store, number=number))
        .select_related("purchase", "union", "store")
        .prefetch_related(
            Prefetch("lines", OrderLine.objects.select_related("variant__product").order_by("id")),
            Prefetch("changes", OrderChange.objects.select_related("actor").order_by("id")),
            "credits__lines__order_line",
            Prefetch("shipments", Shipment.objects.order_by("id")),
        )
        .first()
    )
    if order is None:
        raise NotFound
    return order


def hand_over_of(order: Order) -> HandOver | None:
    """How it was, or was tried to be, handed over; the signature is read when it is asked for."""
    return HandOver.objects.filter(union=order.union_id, order=order).defer("signature").first()


def waiting_orders(store_id: int) -> int:
    """How many paid orders wait for the store's yes; the number in the menus of its pages."""
    return Order.objects.filter(store=store_id, state=State.PAID).count()


def _midnight(store: Store, now: datetime) -> datetime:
    local = now.astimezone(ZoneInfo(store.union.time_zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)
