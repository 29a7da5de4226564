"""What a store's staff see of its orders: the work list, one order, and the figures of its dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from core.errors import NotFound
from orders.models import Order, OrderChange, OrderLine
from stores.models import Store

State = Order.State
OPEN_STATES = (State.PAID, State.ACCEPTED, State.PACKED, State.SHIPPED)
SOLD_STATES = (*OPEN_STATES, State.DELIVERED, State.COMPLETED)


@dataclass(frozen=True, slots=True)
class DaySales:
    """One day in the union's time zone: how many orders were sold and for how much, in minor units."""

    day: date
    orders: int
    amount: int


@dataclass(frozen=True, slots=True)
class TopTitle:
    """What sold best: pieces and amount of one title."""

    title: str
    pieces: int
    amount: int


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """A store's dashboard. `days` has every day of the period, also those without sales."""

    days: list[DaySales]
    states: dict[str, int]
    late: int
    orders: int
    amount: int
    before_orders: int
    before_amount: int
    top: list[TopTitle]


def work_list(
    store: Store,
    *,
    states: Sequence[str] = OPEN_STATES,
    words: str = "",
    late_at: datetime | None = None,
    newest_first: bool = False,
) -> QuerySet[Order]:
    """The store's orders in these states, most urgent first, each with purchase and lines: two queries a page.

    `words` looks in number, recipient and e-mail; `late_at` keeps only those whose deadline was before that time.
    """
    orders = Order.objects.filter(union=store.union_id, store=store, state__in=states)
    if words := words.strip():
        orders = orders.filter(
            Q(number__istartswith=words)
            | Q(purchase__number__istartswith=words)
            | Q(purchase__recipient__icontains=words)
            | Q(purchase__email__icontains=words)
        )
    if late_at is not None:
        orders = orders.filter(deadline__lt=late_at)
    order = ("-placed_at", "-id") if newest_first else ("deadline", "id")
    return orders.select_related("purchase").prefetch_related("lines").order_by(*order)


def get_store_order(store: Store, number: str) -> Order:
    """One of the store's own orders with all that hangs on it. Raises NotFound, also for a sibling store's."""
    order = (
        Order.objects.filter(union=store.union_id, store=store, number=number)
        .select_related("purchase__customer", "store", "union")
        .prefetch_related("lines", "shipments", Prefetch("changes", OrderChange.objects.select_related("actor")))
        .first()
    )
    if order is None:
        raise NotFound
    return order


def waiting_counts(store: Store) -> dict[str, int]:
    """How many orders wait in each open state: `{"paid": 2, "accepted": 0, …}`."""
    counted = dict(
        Order.objects.filter(union=store.union_id, store=store, state__in=OPEN_STATES)
        .order_by()
        .values_list("state")
        .annotate(Count("id"))
    )
    return {state.value: counted.get(state.value, 0) for state in OPEN_STATES}


def store_figures(store: Store, *, now: datetime, days: int = 7) -> StoreFigures:
    """Sales of the last `days` days (today included), compared with as many before; orders by state; what sold best.

    Five queries. Days are those of the union's time zone.
    """
    zone = ZoneInfo(store.union.time_zone)
    today = now.astimezone(zone).date()
    first = today - timedelta(days=days - 1)
    since = datetime.combine(first, time(), tzinfo=zone)
    before = datetime.combine(first - timedelta(days=days), time(), tzinfo=zone)
    own = Order.objects.filter(union=store.union_id, store=store).order_by()
    sold = own.filter(state__in=SOLD_STATES)
    per_day = {
        row["day"]: row
        for row in sold.filter(placed_at__gte=since, placed_at__lte=now)
        .annotate(day=TruncDate("placed_at", tzinfo=zone))
        .values("day")
        .annotate(orders=Count("id"), amount=Sum("total"))
    }
    series = [
        DaySales(day, row["orders"] if row else 0, row["amount"] if row else 0)
        for day in (first + timedelta(days=number) for number in range(days))
        for row in [per_day.get(day)]
    ]
    past = sold.filter(placed_at__gte=before, placed_at__lt=since).aggregate(
        orders=Count("id"), amount=Coalesce(Sum("total"), 0)
    )
    top = (
        OrderLine.objects.filter(
            union=store.union_id,
            order__store=store,
            order__state__in=SOLD_STATES,
            order__placed_at__gte=since,
            kind=OrderLine.Kind.GOODS,
        )
        .order_by()
        .values("title")
        .annotate(pieces=Sum("quantity"), amount=Sum("total"))
        .order_by("-amount", "title")[:5]
    )
    return StoreFigures(
        days=series,
        states=dict(own.values_list("state").annotate(Count("id"))),
        late=own.filter(state__in=OPEN_STATES, deadline__lt=now).count(),
        orders=sum(day.orders for day in series),
        amount=sum(day.amount for day in series),
        before_orders=past["orders"],
        before_amount=past["amount"],
        top=[TopTitle(row["title"], row["pieces"], row["amount"]) for row in top],
    )
