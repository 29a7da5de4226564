"""Which goods sell, which stand, and for how long what is in stock will last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from core.localized import localized
from core.statements import rows_planned_for
from orders.queries.spans import Span, weeks_and_days
from stores.models import Category, Store
from unions.models import Union

MOST_GOODS = 8
COVER_DAYS = 28
"""So many of the last days say how fast something sells."""

# Whole weeks by their sums, the days beside them one by one; `day` says on which side of a span's begin either is.
_SOLD = """
    SELECT product_id, day, pieces, back, net FROM orders_productday
    WHERE {whose} AND day = ANY(%(days)s::date[])
    UNION ALL
    SELECT product_id, week, pieces, back, net FROM orders_productweek
    WHERE {whose} AND week = ANY(%(weeks)s::date[])
"""
# Of all that sold only sums per product are looked at, of the most sold ones also what they are.
_BEST = f"""
WITH sold AS (
    SELECT product_id, sum(pieces) FILTER (WHERE day >= %(first)s) AS pieces,
        sum(net) FILTER (WHERE day >= %(first)s) AS net, sum(back) FILTER (WHERE day >= %(first)s) AS back,
        sum(pieces) FILTER (WHERE day <= %(before_last)s) AS pieces_before,
        sum(net) FILTER (WHERE day <= %(before_last)s) AS net_before
    FROM ({_SOLD}) AS kept
    WHERE product_id IS NOT NULL
    GROUP BY product_id
    HAVING sum(net) FILTER (WHERE day >= %(first)s) > 0
    ORDER BY net DESC, product_id
    LIMIT %(limit)s
)
SELECT product_id, coalesce(pieces, 0)::bigint AS pieces, coalesce(net, 0)::bigint AS net,
    coalesce(back, 0)::bigint AS back, coalesce(pieces_before, 0)::bigint AS pieces_before,
    coalesce(net_before, 0)::bigint AS net_before, product.title, store.name AS store_name, product.slug
FROM sold JOIN stores_product AS product ON product.id = product_id
JOIN stores_store AS store ON store.id = product.store_id
ORDER BY net DESC, product_id
"""
_CATEGORIES = f"""
WITH sold AS MATERIALIZED (
    SELECT product_id, sum(net) FILTER (WHERE day >= %(first)s) AS net,
        sum(net) FILTER (WHERE day <= %(before_last)s) AS net_before
    FROM ({_SOLD}) AS kept
    GROUP BY product_id
)
SELECT product.category_id, coalesce(sum(net), 0)::bigint AS net, coalesce(sum(net_before), 0)::bigint AS net_before
FROM sold LEFT JOIN stores_product AS product ON product.id = sold.product_id
GROUP BY 1 HAVING coalesce(sum(net), 0) > 0 ORDER BY 2 DESC, 1
"""
# Those longest in the window first, in the order of an index: the search ends with the last one shown.
_SLOW = """
SELECT product.id AS product_id, product.title, product.slug, store.name AS store_name,
    product.created_at::date AS since, on_hand.pieces, on_hand.value, (
        SELECT coalesce(sum(sold.pieces), 0)::bigint FROM orders_productday AS sold
        WHERE sold.product_id = product.id AND sold.day >= %(before_first)s AND sold.day <= %(before_last)s
    ) AS before
FROM stores_product AS product JOIN stores_store AS store ON store.id = product.store_id
CROSS JOIN LATERAL (
    SELECT sum(level.available)::bigint AS pieces, sum(level.available * variant.price)::bigint AS value
    FROM stores_variant AS variant JOIN stores_stocklevel AS level ON level.variant_id = variant.id
    WHERE variant.product_id = product.id AND variant.is_active AND variant.tracks_stock
) AS on_hand
WHERE {whose} AND product.union_id = %(union)s AND product.is_published AND product.in_stock
    AND product.created_at < %(begins)s AND on_hand.pieces > 0
    AND NOT EXISTS (
        SELECT FROM orders_productday AS sold WHERE sold.product_id = product.id
            AND sold.day >= %(first)s AND sold.day <= %(last)s AND sold.pieces > 0
    )
ORDER BY product.created_at, product.id
LIMIT %(limit)s
"""
_COVER = f"""
WITH sold AS (
    SELECT product_id, coalesce(sum(pieces) FILTER (WHERE day > %(since)s), 0) AS pieces,
        coalesce(sum(pieces) FILTER (WHERE day <= %(since)s), 0) AS before
    FROM ({_SOLD}) AS kept
    WHERE product_id IS NOT NULL
    GROUP BY product_id HAVING sum(pieces) FILTER (WHERE day > %(since)s) > 0
), stocked AS (
    SELECT sold.product_id, sold.pieces AS sold, sold.before, on_hand.pieces AS available
    FROM sold CROSS JOIN LATERAL (
        SELECT sum(level.available)::bigint AS pieces
        FROM stores_variant AS variant JOIN stores_stocklevel AS level ON level.variant_id = variant.id
        WHERE variant.product_id = sold.product_id AND variant.is_active AND variant.tracks_stock
    ) AS on_hand
    WHERE on_hand.pieces IS NOT NULL
)
SELECT stocked.product_id, stocked.sold::bigint AS sold, stocked.available, product.title, product.slug,
    stocked.available * %(pace)s::float / stocked.sold AS lasts,
    stocked.available * %(pace)s::float / nullif(stocked.before, 0) AS lasted, count(*) OVER () AS counted,
    count(*) FILTER (WHERE stocked.available * %(pace)s::float / stocked.sold < 7) OVER () AS short,
    count(*) FILTER (WHERE stocked.available * %(pace)s::float / nullif(stocked.before, 0) < 7) OVER () AS short_before
FROM stocked JOIN stores_product AS product ON product.id = stocked.product_id AND product.is_published
ORDER BY lasts, stocked.sold DESC, stocked.product_id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class GoodSold:
    """A product's kept pieces and their price, and what went back; `store` is the name of who sells it."""

    title: str
    slug: str
    store: str
    pieces: int
    net: int
    back: int
    pieces_before: int
    net_before: int


@dataclass(frozen=True, slots=True)
class SlowGood:
    """In the window since before the span, in stock, and not sold in it; `value` at its price, minor units.

    `before`: pieces that were sold in the span before; `store` is the name of who sells it.
    """

    title: str
    slug: str
    store: str
    since: date
    pieces: int
    value: int
    before: int


@dataclass(frozen=True, slots=True)
class Cover:
    """How many days the pieces that are available last at the pace of the last COVER_DAYS, and of those before."""

    title: str
    slug: str
    available: int
    sold: int
    days: float
    days_before: float | None


@dataclass(frozen=True, slots=True)
class StockCover:
    """What runs out first; `counted` goods sold lately and are in stock, `short` of them last less than a week.

    `short_before` would at the pace of the COVER_DAYS before.
    """

    first: list[Cover]
    counted: int
    short: int
    short_before: int


def best_goods(union: Union, store: Store | None = None, *, span: Span, limit: int = MOST_GOODS) -> list[GoodSold]:
    """What brought in most. One query."""
    rows = rows_planned_for(_BEST.format(whose=_whose(store)), {**_values(union, store, span), "limit": limit})
    return [
        GoodSold(row.title, row.slug, row.store_name, row.pieces, row.net, row.back, row.pieces_before, row.net_before)
        for row in rows
    ]


def by_category(union: Union, store: Store | None = None, *, span: Span) -> list[tuple[str, int, int]]:
    """Net sales by category, most first: (name, now, before); an empty name for what is in none. Two queries."""
    rows = rows_planned_for(_CATEGORIES.format(whose=_whose(store)), _values(union, store, span))
    names = Category.objects.filter(union=union).in_bulk([row.category_id for row in rows if row.category_id])
    return [
        (localized(names[row.category_id], "name") if row.category_id in names else "", row.net, row.net_before)
        for row in rows
    ]


def slow_goods(union: Union, store: Store | None = None, *, span: Span, limit: int = MOST_GOODS) -> list[SlowGood]:
    """What has stood longest without a sale in the span. One query."""
    values = {**_values(union, store, span), "begins": span.begins, "limit": limit}
    whose = "true" if store is None else "product.store_id = %(store)s"
    return [
        SlowGood(row.title, row.slug, row.store_name, row.since, row.pieces, row.value, row.before)
        for row in rows_planned_for(_SLOW.format(whose=whose), values)
    ]


def stock_cover(union: Union, store: Store | None = None, *, today: date, limit: int = MOST_GOODS) -> StockCover:
    """What runs out first of what sold in the last COVER_DAYS. One query."""
    since = today - timedelta(days=COVER_DAYS)
    weeks, days = weeks_and_days((since - timedelta(days=COVER_DAYS - 1), since), (since + timedelta(days=1), today))
    values = {
        "union": union.pk,
        "store": store.pk if store is not None else None,
        "since": since,
        "weeks": weeks,
        "days": days,
        "pace": COVER_DAYS,
        "limit": limit,
    }
    rows = rows_planned_for(_COVER.format(whose=_whose(store)), values)
    return StockCover(
        [Cover(row.title, row.slug, row.available, row.sold, row.lasts, row.lasted) for row in rows],
        counted=rows[0].counted if rows else 0,
        short=rows[0].short if rows else 0,
        short_before=rows[0].short_before if rows else 0,
    )


def goods_for_table(union: Union, store: Store | None = None, *, span: Span) -> Iterator[list[Any]]:
    """A row for each product that was sold in the span, most first; amounts in minor units."""
    for good in best_goods(union, store, span=span, limit=100_000):
        yield [
            good.store, good.title, good.pieces, good.back, good.net, good.pieces_before, good.net_before,
            union.currency,
        ]  # fmt: skip


def _whose(store: Store | None) -> str:
    return "union_id = %(union)s" if store is None else "store_id = %(store)s"


def _values(union: Union, store: Store | None, span: Span) -> dict[str, Any]:
    before = span.before
    weeks, days = weeks_and_days((before.first, before.last), (span.first, span.last))
    return {
        "union": union.pk,
        "store": store.pk if store is not None else None,
        "first": span.first,
        "last": span.last,
        "before_first": before.first,
        "before_last": before.last,
        "weeks": weeks,
        "days": days,
    }
