"""Lists of goods: one statement for 24 cards with live prices and stock, whatever the union's size.

The statement picks the products first, along an index in the order that is asked for, and looks up stock only for
those that are shown. Whether a store may be seen (published, its enterprise a member in good standing) is part of every
statement and kept in no cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import get_language

from core.statements import prepared_cursor
from stores.queries.cards import Card, GoodsRow, card_of
from unions.models import Union

PAGE_SIZE = 24
MOST_PAGES = 40
MOST_FOUND = 500
"""So many of the newest matches of a search are ranked; a word that a million goods contain stays as quick as any."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. `query` is the text of a tsquery; `place` is (latitude, longitude).

    `business_class` and `store_id` are where the shopper stands (a class page, a store); the rest is narrowed down.
    """

    query: str = ""
    store_id: int | None = None
    business_class: str = ""
    classes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    price: tuple[int | None, int | None] = (None, None)
    in_stock: bool = False
    sort: str = ""
    place: tuple[float, float] | None = None
    page: int = 1

    @property
    def base(self) -> Wish:
        """The same without what was narrowed down, its order and page: what the facets count."""
        return Wish(query=self.query, store_id=self.store_id, business_class=self.business_class)

    @property
    def is_plain(self) -> bool:
        """Whether all goods of the union are asked for, in an order that an index keeps."""
        return self == Wish(sort=self.sort, place=self.place, page=self.page) and self.order != "near"

    @property
    def order(self) -> str:
        """The order that is in force: relevance needs words, nearness a place."""
        if self.sort == "near" and self.place:
            return "near"
        if self.sort in ORDERS:
            return self.sort
        return "relevance" if self.query else "newest"


DISTANCE = """
2 * 6371 * asin(least(1, sqrt(
    sin(radians(s.latitude - %(lat)s) / 2) ^ 2
    + cos(radians(%(lat)s)) * cos(radians(s.latitude)) * sin(radians(s.longitude - %(lon)s) / 2) ^ 2
)))
"""
VISIBLE = "p.is_published AND s.is_published AND m.state = 'active'"
FROM = """
FROM stores_product p
JOIN stores_store s ON s.id = p.store_id
JOIN unions_membership m ON m.id = s.membership_id
"""
OF_CLASS = """p.store_id = ANY(ARRAY(
    SELECT i.id FROM stores_store i JOIN unions_businessclass b ON b.code = i.business_class_id
    WHERE i.union_id = %%(union)s AND b.ancestors && %%(%(name)s)s::varchar[]
))"""
WEIGHTS = "'{0.1, 0.3, 0.6, 1.0}'"
"""Of description, category and store, tags and codes, title. Whole words weigh ten times their beginnings."""
ORDERS = {
    "newest": "p.created_at DESC, p.id DESC",
    "price": "p.price_from, p.id",
    "price_down": "p.price_from DESC, p.id DESC",
    "liked": "p.rating_count DESC, p.id DESC",
}


def rank_of(row: str, query: str) -> str:
    """SQL that ranks a product's row by a tsquery; `query` is its placeholder.

    What is ranked holds all of the words; they are joined by "or" here, because the index keeps no places of words in
    a text, and without them PostgreSQL ranks every "and" as nothing.
    """
    any_word = f"replace({query}, ' & ', ' | ')"
    whole = f"ts_rank({WEIGHTS}, {row}.search, replace({any_word}, ':*', '')::tsquery)"
    return f"{whole} + ts_rank({WEIGHTS}, {row}.search, {any_word}::tsquery) / 10"


CARD_COLUMNS = """
p.id, p.slug, coalesce(p.translations -> %(language)s ->> 'title', p.title), p.cover,
least(p.price_from, v.urgent_price), CASE WHEN v.is_one THEN least(p.price_to, v.urgent_price) ELSE p.price_to END,
coalesce(v.list_price, v.was_price), p.rating_sum, p.rating_count, s.slug,
coalesce(s.translations -> %(language)s ->> 'name', s.name), v.uncounted, v.stock, p.kind, u.slug, u.currency,
v.urgent_price IS NOT NULL
"""
CARDS_OF_PICKED = """
FROM picked
JOIN stores_product p ON p.id = picked.id
JOIN stores_store s ON s.id = p.store_id
JOIN unions_union u ON u.id = p.union_id
LEFT JOIN LATERAL (
    SELECT string_agg(w.id || ':' || coalesce(l.available, 0), ',' ORDER BY w.id)
               FILTER (WHERE w.tracks_stock) AS stock,
           coalesce(bool_or(NOT w.tracks_stock), false) AS uncounted,
           min(w.was_price) FILTER (WHERE w.price = p.price_from) AS was_price,
           min(us.price) AS urgent_price, min(us.list_price) AS list_price, count(*) = 1 AS is_one
    FROM stores_variant w LEFT JOIN stores_stocklevel l ON l.variant_id = w.id
    LEFT JOIN (stores_urgentsale us JOIN stores_urgentlevel ul ON ul.sale_id = us.id AND ul.left > 0)
        ON us.variant_id = w.id AND us.cancelled_at IS NULL AND us.starts_at <= now() AND us.ends_at > now()
    WHERE w.product_id = p.id AND w.is_active
) v ON true
"""
CARDS = f"SELECT {CARD_COLUMNS} {CARDS_OF_PICKED} ORDER BY picked.position"


def list_rows(union: Union, wish: Wish, *, size: int = PAGE_SIZE) -> list[tuple[Any, ...]]:
    """What the cards of the wished page are made of, as it is now. One query."""
    page = min(max(wish.page, 1), MOST_PAGES)
    values: dict[str, Any] = {"union": union.pk, "size": size, "offset": (page - 1) * size}
    statement = _picked(wish, conditions_of(wish, values), values)
    return _rows(statement, values, prepared=wish.is_plain)


def cards_from(rows: Sequence[tuple[Any, ...]]) -> list[Card]:
    """The cards of such rows in the active language."""
    language = get_language() or "en"
    return [card_of(GoodsRow(*row), language) for row in rows]


def card_of_product(union: Union, product_id: int) -> Card | None:
    """The card of one product as it is now, in the active language; None when it may not be seen. One query."""
    picked = f"SELECT p.id, 1 AS position {FROM} WHERE p.id = %(product)s AND p.union_id = %(union)s AND {VISIBLE}"
    cards = cards_from(_rows(picked, {"product": product_id, "union": union.pk}, prepared=True))
    return cards[0] if cards else None


def conditions_of(wish: Wish, values: dict[str, Any]) -> str:
    """The WHERE of a wish; puts what it needs into `values`."""
    conditions = ["p.union_id = %(union)s", VISIBLE]
    if wish.query:
        conditions.append("p.search @@ %(query)s::tsquery")
        values["query"] = wish.query
    if wish.store_id is not None:
        conditions.append("p.store_id = %(store)s")
        values["store"] = wish.store_id
    for name, codes in (("class", (wish.business_class,)), ("classes", wish.classes)):
        if codes and codes[0]:
            conditions.append(OF_CLASS % {"name": name})
            values[name] = list(codes)
    if wish.categories:
        conditions.append(
            "p.category_id = ANY(ARRAY(SELECT c.id FROM stores_category c JOIN stores_category a"
            " ON a.union_id = c.union_id AND (a.id = c.id OR a.id = ANY(c.ancestors))"
            " WHERE a.union_id = %(union)s AND a.slug = ANY(%(categories)s)))"
        )
        values["categories"] = list(wish.categories)
    if wish.stores:
        conditions.append(
            "p.store_id = ANY(ARRAY(SELECT i.id FROM stores_store i"
            " WHERE i.union_id = %(union)s AND i.slug = ANY(%(stores)s)))"
        )
        values["stores"] = list(wish.stores)
    if wish.order == "liked":
        conditions.append("p.rating_count > 0")
    lowest, highest = wish.price
    if lowest is not None:
        conditions.append("p.price_from >= %(lowest)s")
        values["lowest"] = lowest
    if highest is not None:
        conditions.append("p.price_from < %(highest)s")
        values["highest"] = highest
    if wish.in_stock:
        conditions.append("p.in_stock")
    return " AND ".join(conditions)


def _picked(wish: Wish, where: str, values: dict[str, Any]) -> str:
    if wish.order == "relevance":
        values["most"] = MOST_FOUND
        return f"""
        SELECT f.id, row_number() OVER () AS position FROM (
            SELECT g.id FROM (
                SELECT p.id, p.search, p.in_stock, p.created_at {FROM} WHERE {where}
                ORDER BY p.created_at DESC, p.id DESC LIMIT %(most)s
            ) g
            ORDER BY {rank_of("g", "%(query)s")} DESC,
                     g.in_stock DESC, g.created_at DESC, g.id DESC
            LIMIT %(size)s OFFSET %(offset)s
        ) f
        """
    if wish.order == "near" and wish.place:
        values["lat"], values["lon"] = wish.place
        return f"""
        SELECT g.id, row_number() OVER () AS position FROM (
            SELECT q.id FROM (
                SELECT s.id, {DISTANCE} AS distance FROM stores_store s
                WHERE s.union_id = %(union)s AND s.is_published ORDER BY distance NULLS LAST, s.id
            ) near
            CROSS JOIN LATERAL (
                SELECT p.id {FROM} WHERE {where} AND p.store_id = near.id
                ORDER BY p.created_at DESC, p.id DESC LIMIT %(size)s + %(offset)s
            ) q
            LIMIT %(size)s OFFSET %(offset)s
        ) g
        """
    # The figures in the statement itself: a plan for any number of rows would be one for a tenth of all goods.
    return f"""
    SELECT g.id, row_number() OVER () AS position FROM (
        SELECT p.id {FROM} WHERE {where} ORDER BY {ORDERS[wish.order]}
        LIMIT {int(values["size"])} OFFSET {int(values["offset"])}
    ) g
    """


def _rows(picked: str, values: dict[str, Any], *, prepared: bool) -> list[tuple[Any, ...]]:
    """`prepared` where one plan is right for all values: it saves the planning, most of what a short list takes."""
    with prepared_cursor() if prepared else connection.cursor() as cursor:
        cursor.execute(
            f"WITH picked AS MATERIALIZED ({picked}) {CARDS}", {**values, "language": get_language() or "en"}
        )
        return cursor.fetchall()
