"""What a list can be narrowed down by, with counts.

One grouped statement counts the goods of a union (or a search, a class, a store) by category, store, price band and
whether any is left. That small cube is kept in Redis, and every combination of facets is counted from it. Only counts
come from here: what is listed is always read anew.

No shopper waits for a long count. A cube that is quickly made is made anew by a request, at most one at a time; one
that is not by a Celery worker, while the old counts go on. Where there are none yet, a part of the goods is counted
first.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.utils.translation import get_language, gettext
from kombu.exceptions import OperationalError

from core.localized import localized
from stores.queries.cards import price_text
from stores.queries.goods import FROM, MOST_FOUND, Wish, conditions_of
from unions.models import Union

logger = logging.getLogger(__name__)

FRESH = 15.0
"""Seconds for which counts are taken as they are; longer, in proportion, where counting took long."""
QUICK = 0.05
"""Seconds: counts that take longer are left to a worker."""
FIRST_PART = 20_000
"""So many goods a request counts at most."""
KEPT = 600
KEPT_WITHOUT_WORDS = 24 * 3600
"""There are only so many unions, classes and stores, but no end of words."""
COUNTING_FOR = 60
"""Seconds after which a count that was begun, or asked for, counts as lost."""
TASK = "stores.tasks.count_facets"
MOST_OPTIONS = 12

BANDS = (10, 25, 50, 100, 250)
SCALES = {"KRW": 1000, "JPY": 100, "TWD": 20 * 100, "HKD": 8 * 100, "CNY": 7 * 100}
"""Minor units to which one step of BANDS corresponds; 100 where a currency is not named."""

LABELS = """
SELECT 'store', s.id::text, s.slug, s.name, s.translations, coalesce(b.ancestors, '{}')::text[]
FROM stores_store s LEFT JOIN unions_businessclass b ON b.code = s.business_class_id
WHERE s.union_id = %(union)s AND s.id = ANY(%(stores)s)
UNION ALL
SELECT 'category', c.id::text, c.slug, c.name, c.translations, c.ancestors::text[]
FROM stores_category c WHERE c.union_id = %(union)s
UNION ALL
SELECT 'class', b.code, b.code, b.title, b.translations, b.ancestors::text[]
FROM unions_businessclass b WHERE b.level = 'division' AND EXISTS (
    SELECT FROM stores_store s JOIN unions_businessclass o ON o.code = s.business_class_id
    WHERE s.union_id = %(union)s AND s.id = ANY(%(stores)s) AND b.code = ANY(o.ancestors)
)
"""


@dataclass(frozen=True, slots=True)
class Option:
    """One way to narrow down; `value` goes into the address."""

    value: str
    title: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A group of options under one name of the query string."""

    title: str
    name: str
    kind: str
    options: list[Option]
    open: bool = True


@dataclass(frozen=True, slots=True)
class Facets:
    """Everything to narrow down by, and how many goods the wish finds (`capped`: that many or more)."""

    facets: list[Facet]
    total: int
    capped: bool

    @property
    def chosen_count(self) -> int:
        return sum(option.chosen for facet in self.facets for option in facet.options)


@dataclass(slots=True)
class Cube:
    """Counts by (category id, store id, price band, in stock), and the labels of what occurs in them.

    `took`: the seconds that a whole count takes, or took until it was given up. Not `whole`: only a part was counted.
    """

    rows: list[tuple[int | None, int, int, bool, int]]
    labels: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    made_at: float = 0.0
    took: float = 0.0
    whole: bool = True

    @property
    def is_fresh(self) -> bool:
        return self.whole and time.time() < self.made_at + max(FRESH, 60 * self.took)


def price_edges(currency: str) -> list[int]:
    """Where price bands begin and end, in minor units."""
    return [edge * SCALES.get(currency, 100) for edge in BANDS]


def band_bounds(currency: str, band: int) -> tuple[int | None, int | None]:
    """From (included) and to (excluded) of a band; None is open."""
    edges = [None, *price_edges(currency), None]
    return edges[band], edges[band + 1]


def facets_of(union: Union, wish: Wish) -> Facets:
    """Facets and total of a wish. No query while the cube is fresh, two when it is not."""
    cube = _cube(union, wish.base)
    language = get_language() or "en"
    tests: dict[str, Callable[[_Line], bool]] = {
        "class": lambda line: not wish.classes or bool(line.classes.intersection(wish.classes)),
        "category": lambda line: not wish.categories or bool(line.categories.intersection(wish.categories)),
        "store": lambda line: not wish.stores or line.store in wish.stores,
        "price": lambda line: _within(band_bounds(union.currency, line.band), wish.price),
        "stock": lambda line: line.in_stock or not wish.in_stock,
    }
    counts: dict[str, Counter[str]] = {name: Counter() for name in tests}
    total = 0
    for line in _lines(cube):
        missed = [name for name, test in tests.items() if not test(line)]
        if not missed:
            total += line.count
        if len(missed) > 1:
            continue
        for name in missed or tests:
            counts[name].update(dict.fromkeys(line.values(name), line.count))
    labels = cube.labels
    facets = [
        Facet(
            gettext("Business"),
            "class",
            "checkbox",
            _options(counts["class"], wish.classes, labels["class"].values(), "title", language),
        ),
        Facet(
            gettext("Category"),
            "category",
            "checkbox",
            _options(counts["category"], wish.categories, labels["category"].values(), "name", language),
        ),
        Facet(gettext("Price"), "price", "radio", _bands(union, wish, counts["price"], language)),
        Facet(
            gettext("Stock"),
            "in_stock",
            "checkbox",
            [Option("1", gettext("In stock"), counts["stock"]["1"], wish.in_stock)],
        ),
        Facet(
            gettext("Shop"),
            "store",
            "checkbox",
            _options(counts["store"], wish.stores, labels["store"].values(), "name", language),
            open=bool(wish.stores),
        ),
    ]
    if wish.store_id is not None:
        facets = [facet for facet in facets if facet.name not in ("store", "class")]
    everything = sum(row[4] for row in cube.rows)
    capped = not cube.whole or (bool(wish.query) and everything >= MOST_FOUND)
    shown = [facet for facet in facets if len(facet.options) > 1 or facet.name == "in_stock"]
    return Facets(shown, total, capped)


@dataclass(frozen=True, slots=True)
class _Line:
    classes: frozenset[str]
    categories: frozenset[str]
    store: str
    band: int
    in_stock: bool
    count: int

    def values(self, facet: str) -> Iterable[str]:
        if facet == "class":
            return self.classes
        if facet == "category":
            return self.categories
        if facet == "store":
            return (self.store,)
        if facet == "price":
            return (str(self.band),)
        return ("1",) if self.in_stock else ()


def _lines(cube: Cube) -> Iterable[_Line]:
    stores, categories = cube.labels["store"], cube.labels["category"]
    paths = {
        int(key): frozenset(categories[code]["slug"] for code in [*category["path"], key] if code in categories)
        for key, category in categories.items()
    }
    nothing: frozenset[str] = frozenset()
    for category_id, store_id, band, in_stock, count in cube.rows:
        store = stores.get(str(store_id))
        if store:
            path = paths.get(category_id, nothing) if category_id else nothing
            yield _Line(frozenset(store["path"]), path, store["slug"], band, in_stock, count)


def _options(
    counts: Counter[str], chosen: tuple[str, ...], labels: Iterable[dict[str, Any]], text: str, language: str
) -> list[Option]:
    options = [
        Option(label["slug"], localized({**label, text: label["name"]}, text, language), count, label["slug"] in chosen)
        for label in labels
        if (count := counts[label["slug"]]) or label["slug"] in chosen
    ]
    options.sort(key=lambda option: (not option.chosen, -option.count, option.title))
    return options[:MOST_OPTIONS]


def _bands(union: Union, wish: Wish, counts: Counter[str], language: str) -> list[Option]:
    options = []
    if any(edge is not None for edge in wish.price):
        options.append(Option("", gettext("Any price"), sum(counts.values()), False))
    for band in range(len(BANDS) + 1):
        lowest, highest = band_bounds(union.currency, band)
        chosen = wish.price == (lowest, highest)
        if counts[str(band)] or chosen:
            value = f"{'' if lowest is None else lowest}-{'' if highest is None else highest}"
            prices = {
                "lowest": "" if lowest is None else price_text(lowest, union.currency, language),
                "highest": "" if highest is None else price_text(highest, union.currency, language),
            }
            if lowest is None:
                title = gettext("below %(highest)s") % prices
            elif highest is None:
                title = gettext("%(lowest)s and more") % prices
            else:
                title = gettext("%(lowest)s to %(highest)s") % prices
            options.append(Option(value, title, counts[str(band)], chosen))
    return options


def _within(band: tuple[int | None, int | None], price: tuple[int | None, int | None]) -> bool:
    lowest, highest = price
    from_, to = band
    return (lowest is None or to is None or to > lowest) and (highest is None or (from_ or 0) < highest)


def _cube(union: Union, base: Wish) -> Cube:
    """The kept cube, or a new one where that is quickly made. While one counts the others go on with what is there."""
    key = _key(union, base)
    kept: Cube | None = cache.get(key)
    if kept is None:
        kept = _keep(key, base, _counted(union, base, most=MOST_FOUND if base.query else FIRST_PART))
    if kept.is_fresh or not cache.add(f"{key}:counting", 1, COUNTING_FOR):
        return kept
    if kept.whole and kept.took < QUICK:
        return count_anew(union, base)
    try:
        current_app.send_task(
            TASK, [union.pk, base.query, base.store_id, base.business_class], retry=False, ignore_result=True
        )
    except OperationalError:
        logger.warning("%s: no broker takes the count of its goods", union.slug)
    return kept


def count_anew(union: Union, base: Wish) -> Cube:
    """Count all of it, however long it takes, and keep that for everybody."""
    key = _key(union, base)
    cube = _keep(key, base, _counted(union, base, most=MOST_FOUND if base.query else None))
    cache.delete(f"{key}:counting")
    return cube


def _key(union: Union, base: Wish) -> str:
    told = json.dumps([union.pk, base.query, base.store_id, base.business_class])
    return f"facets-2:{hashlib.sha256(told.encode()).hexdigest()[:32]}"


def _keep(key: str, base: Wish, cube: Cube) -> Cube:
    cache.set(key, cube, KEPT if base.query else KEPT_WITHOUT_WORDS)
    return cube


def _counted(union: Union, base: Wish, *, most: int | None) -> Cube:
    """The cube of the `most` newest goods that words find, or of any `most` goods where there are no words."""
    started = time.monotonic()
    values: dict[str, Any] = {"union": union.pk, "edges": price_edges(union.currency), "most": most}
    where = conditions_of(base, values)
    some = ("ORDER BY p.created_at DESC, p.id DESC" if base.query else "") + ("" if most is None else " LIMIT %(most)s")
    statement = f"""
    SELECT category_id, store_id, width_bucket(price_from, %(edges)s::bigint[]), in_stock, count(*)
    FROM (SELECT p.category_id, p.store_id, p.price_from, p.in_stock {FROM} WHERE {where} {some}) found
    GROUP BY 1, 2, 3, 4
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        cube = Cube(cursor.fetchall(), {"store": {}, "category": {}, "class": {}})
        cursor.execute(LABELS, {"union": union.pk, "stores": sorted({row[1] for row in cube.rows})})
        for kind, key, slug, name, translations, path in cursor.fetchall():
            cube.labels[kind][key] = {
                "slug": slug,
                "name": name,
                "translations": json.loads(translations) if isinstance(translations, str) else translations,
                "path": path,
            }
    cube.made_at, cube.took = time.time(), time.monotonic() - started
    cube.whole = bool(base.query) or most is None or sum(row[4] for row in cube.rows) < most
    return cube
