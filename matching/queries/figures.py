"""Figures of calls for pages and tables, read from the days that were counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Sum

from core.localized import localized
from matching.models import CallDay, DemandDay
from stores.models import Store
from unions.models import SignalCode, Union

MOST_CLASSES = 8


@dataclass(slots=True)
class Calls:
    """So many calls; `answer_ms` of all answers together, `value` in minor units of the union's currency."""

    called: int = 0
    answered: int = 0
    declined: int = 0
    won: int = 0
    answer_ms: int = 0
    value: int = 0

    @property
    def mean_ms(self) -> int | None:
        """How long an answer took in the mean."""
        return round(self.answer_ms / self.answered) if self.answered else None


@dataclass(frozen=True, slots=True)
class StoreCalls:
    """One store's figures of the whole span."""

    name: str
    slug: str
    calls: Calls


@dataclass(frozen=True, slots=True)
class Demand:
    """A class that was wished for; `title` is empty for words that meant none."""

    title: str
    asked: int
    uncalled: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class CallFigures:
    """A span's figures: altogether, by day (oldest first, every day), by store, and classes nobody had."""

    total: Calls
    days: list[tuple[date, Calls]]
    stores: list[StoreCalls]
    demand: list[Demand]

    @property
    def has_any(self) -> bool:
        return bool(self.total.called or self.total.answered or self.demand)


NAMES = [field.name for field in fields(Calls)]


def call_figures(union: Union, store: Store | None = None, *, days: int, now: datetime) -> CallFigures:
    """The last days of a union or of one of its stores, in its time zone; demand is the union's.

    Four queries, three for a store.
    """
    today = now.astimezone(ZoneInfo(union.time_zone)).date()
    since = today - timedelta(days=days - 1)
    rows = CallDay.objects.filter(union=union, day__gte=since, day__lte=today)
    if store is not None:
        rows = rows.filter(store=store)
    sums = {f"{name}_sum": Sum(name) for name in NAMES}
    by_day = {row["day"]: _calls(row) for row in rows.order_by().values("day").annotate(**sums)}
    total = Calls(*(sum(getattr(calls, name) for calls in by_day.values()) for name in NAMES))
    stores = []
    if store is None:
        for row in rows.order_by().values("store__name", "store__slug").annotate(**sums):
            stores.append(StoreCalls(row["store__name"], row["store__slug"], _calls(row)))
        stores.sort(key=lambda each: (-each.calls.won, -each.calls.answered, -each.calls.called, each.name))
    every = [
        (since + timedelta(days=ahead), by_day.get(since + timedelta(days=ahead), Calls())) for ahead in range(days)
    ]
    return CallFigures(total, every, stores, unmet_demand(union, since=since))


def calls_between(union: Union, store: Store | None = None, *, first: date, last: date) -> Calls:
    """The sums of these days, of a union or of one of its stores. One query."""
    rows = CallDay.objects.filter(union=union, day__gte=first, day__lte=last)
    if store is not None:
        rows = rows.filter(store=store)
    return Calls(**rows.aggregate(**{name: Sum(name, default=0) for name in NAMES}))


def unmet_demand(union: Union, *, since: date) -> list[Demand]:
    """Classes for which wishes found no shop or no answer, most first. Two queries."""
    found = list(
        DemandDay.objects.filter(union=union, day__gte=since)
        .order_by()
        .values("code")
        .annotate(asked_sum=Sum("asked"), uncalled_sum=Sum("uncalled"), unanswered_sum=Sum("unanswered"))
        .filter(unanswered_sum__gt=0)
        .order_by("-unanswered_sum", "-asked_sum", "code")[:MOST_CLASSES]
    )
    codes = SignalCode.objects.in_bulk([row["code"] for row in found if row["code"]])
    return [
        Demand(
            localized(codes[row["code"]], "title") if row["code"] in codes else "",
            row["asked_sum"],
            row["uncalled_sum"],
            row["unanswered_sum"],
        )
        for row in found
    ]


def days_for_table(union: Union, store: Store | None = None, *, days: int, now: datetime) -> Iterator[list[Any]]:
    """A row for each store and day, newest first; amounts stay in minor units beside their currency."""
    today = now.astimezone(ZoneInfo(union.time_zone)).date()
    rows = CallDay.objects.filter(union=union, day__gt=today - timedelta(days=days)).select_related("store")
    if store is not None:
        rows = rows.filter(store=store)
    currency = union.currency
    for row in rows.order_by("-day", "store__name", "store_id"):
        took = round(row.answer_ms / row.answered / 1000, 1) if row.answered else None
        yield [
            row.day.isoformat(), row.store.name, row.called, row.answered, row.declined, took, row.won, row.value,
            currency,
        ]  # fmt: skip


def _calls(row: Mapping[str, Any]) -> Calls:
    return Calls(*(int(row[f"{name}_sum"]) for name in NAMES))
