"""Visitors of a span of days and of the span before, read from the days that were counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max, Sum

from core.localized import localized
from orders.models import GoodsDay, SearchDay, VisitDay
from stores.models import Product, Store
from unions.models import Union

MOST_GOODS = 8
MOST_WORDS = 10
LEAST_VISITORS = 2
"""Words that only one visitor searched for might say who it was."""
COUNTED = ("seen", "in_cart", "checkout", "bought", "views", "seconds")


@dataclass(frozen=True, slots=True)
class Visits:
    """Visitors by how far they came, each counted once a day; pages looked at and the seconds on them."""

    seen: int = 0
    in_cart: int = 0
    checkout: int = 0
    bought: int = 0
    views: int = 0
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class GoodVisits:
    """Visitors of one good."""

    title: str
    store: str
    seen: int
    in_cart: int
    bought: int
    left: int


@dataclass(frozen=True, slots=True)
class Words:
    """Searched words."""

    words: str
    times: int
    in_vain: int


@dataclass(frozen=True, slots=True)
class VisitFigures:
    """One span: altogether, before, every day (oldest first), goods, words."""

    total: Visits
    before: Visits
    days: list[tuple[date, Visits]]
    goods: list[GoodVisits]
    left: list[GoodVisits]
    searched: list[Words]
    in_vain: list[Words]

    @property
    def has_any(self) -> bool:
        return self.total.seen > 0 or self.before.seen > 0 or bool(self.searched)


def visit_figures(union: Union, store: Store | None, *, days: int, now: datetime) -> VisitFigures:
    """Of a store, or of the union as a whole; today is the last day. Six queries."""
    today = now.astimezone(ZoneInfo(union.time_zone)).date()
    first = today - timedelta(days=days - 1)
    rows = VisitDay.objects.filter(union=union, store=store)
    by_day = {row.day: _visits(vars(row)) for row in rows.filter(day__gte=first, day__lte=today)}
    before = rows.filter(day__gte=first - timedelta(days=days), day__lt=first)
    goods = GoodsDay.objects.filter(union=union, day__gte=first, day__lte=today)
    if store is not None:
        goods = goods.filter(store=store)
    sums = (
        goods.order_by()
        .values("product")
        .annotate(**{name: Sum(name) for name in ("seen", "in_cart", "bought", "left")})
    )
    seen = list(sums.order_by("-seen", "product")[:MOST_GOODS])
    left = list(sums.filter(left__gt=0).order_by("-left", "product")[:MOST_GOODS])
    titles = Product.objects.select_related("store").in_bulk([row["product"] for row in (*seen, *left)])
    searched = (
        SearchDay.objects.filter(union=union, day__gte=first, day__lte=today)
        .order_by()
        .values("words")
        # Visitors are told apart within a day only: the same one on two days is still one.
        .annotate(people=Max("visitors"), all_times=Sum("times"), vain=Sum("in_vain"))
        .filter(people__gte=LEAST_VISITORS)
    )
    return VisitFigures(
        total=_visits({name: sum(getattr(visits, name) for visits in by_day.values()) for name in COUNTED}),
        before=_visits(before.aggregate(**{name: Sum(name) for name in COUNTED})),
        days=[(day, by_day.get(day, Visits())) for day in (first + timedelta(days=n) for n in range(days))],
        goods=[_good(row, titles) for row in seen],
        left=[_good(row, titles) for row in left],
        searched=[_words(row) for row in searched.order_by("-all_times", "words")[:MOST_WORDS]],
        in_vain=[_words(row) for row in searched.filter(vain__gt=0).order_by("-vain", "words")[:MOST_WORDS]],
    )


def visits_for_table(union: Union, store: Store | None, *, days: int, now: datetime) -> Iterator[list[Any]]:
    """Every day with its figures."""
    today = now.astimezone(ZoneInfo(union.time_zone)).date()
    rows = VisitDay.objects.filter(union=union, store=store, day__gt=today - timedelta(days=days), day__lte=today)
    for row in rows.order_by("day"):
        yield [row.day, *(getattr(row, name) for name in COUNTED)]


def _visits(values: dict[str, Any]) -> Visits:
    return Visits(**{name: values[name] or 0 for name in COUNTED})


def _good(row: Any, titles: dict[int, Product]) -> GoodVisits:
    product = titles[row["product"]]
    return GoodVisits(
        localized(product, "title"), product.store.name, row["seen"], row["in_cart"], row["bought"], row["left"]
    )


def _words(row: Any) -> Words:
    return Words(row["words"], row["all_times"], row["vain"])
