"""What was sold and what became of it, read from the kept figures of days: a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from core.localized import localized
from orders.models import Order, StoreDay
from orders.queries.spans import Span
from payments.models import Earning, Payout
from stores.models import Store
from unions.models import BusinessClass, Union


@dataclass(slots=True)
class Sales:
    """Sums of StoreDay; amounts in minor units of the union's currency."""

    orders: int = 0
    exchanges: int = 0
    pieces: int = 0
    pieces_back: int = 0
    gross: int = 0
    taken_back: int = 0
    delivery: int = 0
    commission: int = 0
    paid: int = 0
    accepted: int = 0
    packed: int = 0
    shipped: int = 0
    delivered: int = 0
    completed: int = 0
    cancelled: int = 0
    on_time: int = 0
    late: int = 0
    arrived: int = 0
    arrival_seconds: int = 0

    @property
    def net(self) -> int:
        """What was sold less what was given back of it: what the orders still come to."""
        return self.gross - self.taken_back

    @property
    def each(self) -> int | None:
        """What a sale came to in the mean; what is sent in exchange is none of its own."""
        sales = self.orders - self.exchanges
        return round(self.net / sales) if sales else None

    @property
    def in_time(self) -> float | None:
        """The share of what arrived and had a deadline that arrived by it."""
        due = self.on_time + self.late
        return self.on_time / due if due else None

    @property
    def days_to_arrive(self) -> float | None:
        return self.arrival_seconds / self.arrived / 86_400 if self.arrived else None


NAMES = [field.name for field in fields(Sales)]


def added(parts: Iterable[Sales]) -> Sales:
    """All of them together."""
    parts = list(parts)
    return Sales(*(sum(getattr(part, name) for part in parts) for name in NAMES))


@dataclass(frozen=True, slots=True)
class StoreSales:
    """One store's sums of a span and of the one before it."""

    store_id: int
    name: str
    slug: str
    business_class: str
    now: Sales
    before: Sales


@dataclass(frozen=True, slots=True)
class SalesFigures:
    """`days` are all of the span, oldest first; `by_store` only those that sold, most first, empty for one store."""

    total: Sales
    before: Sales
    days: list[tuple[date, Sales]]
    by_store: list[StoreSales]

    @property
    def has_any(self) -> bool:
        return bool(self.total.orders or self.total.cancelled or self.before.orders)


def sales_figures(union: Union, store: Store | None = None, *, span: Span) -> SalesFigures:
    """Of a union (two queries) or of one of its stores (one)."""
    before = span.before
    rows = _days(union, store, before.first, span.last)
    sums = {name: Sum(name) for name in NAMES}
    by_day = {row["day"]: _sales(row) for row in rows.values("day").annotate(**sums)}
    every = [span.first + timedelta(days=ahead) for ahead in range(span.days)]
    days = [(day, by_day.get(day, Sales())) for day in every]
    return SalesFigures(
        total=added(sales for _day, sales in days),
        before=added(sales for day, sales in by_day.items() if before.first <= day <= before.last),
        days=days,
        by_store=_by_store(rows, span) if store is None else [],
    )


def _by_store(rows: QuerySet[StoreDay], span: Span) -> list[StoreSales]:
    now, past = Q(day__gte=span.first), Q(day__lte=span.before.last)
    sums = {f"{name}_now": Sum(name, filter=now, default=0) for name in NAMES}
    sums |= {f"{name}_past": Sum(name, filter=past, default=0) for name in NAMES}
    found = rows.values("store_id", "store__name", "store__slug", "store__business_class").annotate(**sums)
    stores = [
        StoreSales(
            row["store_id"],
            row["store__name"],
            row["store__slug"],
            row["store__business_class"] or "",
            _sales(row, "_now"),
            _sales(row, "_past"),
        )
        for row in found
    ]
    return sorted(stores, key=lambda each: (-each.now.net, each.name))


def by_class(stores: Sequence[StoreSales]) -> list[tuple[str, str, int, int]]:
    """Net sales by business class of the store, most first: (code, title, now, before). One query."""
    sums: dict[str, list[int]] = {}
    for each in stores:
        both = sums.setdefault(each.business_class, [0, 0])
        both[0] += each.now.net
        both[1] += each.before.net
    titles = {row.code: localized(row, "title") for row in BusinessClass.objects.filter(code__in=sums)}
    rows = [(code, titles.get(code, ""), now, before) for code, (now, before) in sums.items()]
    return sorted(rows, key=lambda row: (-row[2], row[0]))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open orders at this moment, by state, and how many of all of them are past their deadline."""

    states: dict[str, int]
    late: int

    @property
    def number(self) -> int:
        return sum(self.states.values())


def waiting_now(union: Union, store: Store | None = None, *, now: datetime) -> Waiting:
    """What waits for the store, or for all stores of a union. One query over open orders only."""
    orders = Order.objects.filter(union=union, state__in=Order.WAITING)
    if store is not None:
        orders = orders.filter(store=store)
    rows = orders.order_by().values("state").annotate(number=Count("pk"), late=Count("pk", filter=Q(deadline__lt=now)))
    found = list(rows)
    return Waiting({row["state"]: row["number"] for row in found}, sum(row["late"] for row in found))


@dataclass(frozen=True, slots=True)
class Settled:
    """Payouts that arrived in the span and in the one before it, and what is earned and not yet paid out."""

    paid: int
    paid_before: int
    payouts: int
    payouts_before: int
    unpaid: int


def settled(union: Union, store: Store | None = None, *, span: Span) -> Settled:
    """Of a union, or of the enterprise of a store with all its stores in the union. Two queries."""
    payouts = Payout.objects.filter(union=union, currency=union.currency, paid_at__gte=span.before.begins)
    earnings = Earning.objects.filter(union=union, currency=union.currency, payout=None)
    if store is not None:
        payouts = payouts.filter(membership=store.membership_id)
        earnings = earnings.filter(membership=store.membership_id)
    now, past = Q(paid_at__gte=span.begins, paid_at__lt=span.ends), Q(paid_at__lt=span.before.ends)
    sums = payouts.aggregate(
        paid=Sum("amount", filter=now, default=0),
        paid_before=Sum("amount", filter=past, default=0),
        payouts=Count("pk", filter=now),
        payouts_before=Count("pk", filter=past),
    )
    return Settled(**sums, unpaid=earnings.aggregate(unpaid=Sum("net", default=0))["unpaid"])


def days_for_table(union: Union, store: Store | None = None, *, span: Span) -> Iterator[list[Any]]:
    """A row for each store and day on which something was sold, newest first; amounts in minor units."""
    rows = _days(union, store, span.first, span.last).select_related("store")
    for row in rows.order_by("-day", "store__name", "store_id"):
        yield [
            row.day.isoformat(), row.store.name, row.orders, row.pieces, row.pieces_back, row.gross, row.taken_back,
            row.gross - row.taken_back, row.commission, row.cancelled, row.on_time, row.late, union.currency,
        ]  # fmt: skip


def _days(union: Union, store: Store | None, first: date, last: date) -> QuerySet[StoreDay]:
    rows = StoreDay.objects.filter(union=union, day__gte=first, day__lte=last).order_by()
    return rows if store is None else rows.filter(store=store)


def _sales(row: Mapping[str, Any], suffix: str = "") -> Sales:
    return Sales(*(int(row[name + suffix]) for name in NAMES))
