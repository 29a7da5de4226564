"""Searching across unions: the best few of each, each union's postings read on their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import get_language

from stores.queries.cards import Card, GoodsRow, card_of
from stores.queries.goods import CARDS, FROM, VISIBLE, WEIGHTS
from stores.queries.search import query_of

PER_UNION = 4
RANKED_PER_UNION = 60
UNIONS_SHOWN = 20
MARK = "§"

STATEMENT = f"""
WITH hits AS MATERIALIZED (
    SELECT u.id AS union_id, h.*
    FROM unions_union u
    CROSS JOIN LATERAL (
        SELECT g.id, count(*) OVER () AS found,
               ts_rank({WEIGHTS}, g.search, replace(g.query, ':*', '')::tsquery)
               + ts_rank({WEIGHTS}, g.search, g.query::tsquery) / 10 AS rank
        FROM (
            SELECT p.id, p.search, replace(%(query)s, '{MARK}', u.id::text) AS query {FROM}
            WHERE p.union_id = u.id AND {VISIBLE} AND p.search @@ replace(%(query)s, '{MARK}', u.id::text)::tsquery
            ORDER BY p.created_at DESC LIMIT %(most)s
        ) g
        ORDER BY rank DESC, g.id DESC LIMIT %(per_union)s
    ) h
    WHERE u.is_published AND u.address = ''
), best AS (
    SELECT union_id, max(rank) AS rank FROM hits GROUP BY union_id ORDER BY rank DESC, union_id LIMIT %(unions)s
), picked AS MATERIALIZED (
    SELECT h.id, h.found, row_number() OVER (ORDER BY best.rank DESC, best.union_id, h.rank DESC, h.id DESC) AS position
    FROM hits h JOIN best USING (union_id)
)
"""


@dataclass(frozen=True, slots=True)
class FoundInUnion:
    """The best cards of one union; `count` is how many there are (`capped`: that many or more)."""

    slug: str
    name: str
    hue: int
    count: int
    capped: bool
    cards: list[Card]


def search_everywhere(words: str) -> list[FoundInUnion]:
    """Unions in which all the words are found, best first, with their best goods. One query."""
    query = query_of(MARK, words)
    if not query:
        return []
    language = get_language() or "en"
    values: dict[str, Any] = {
        "query": query,
        "language": language,
        "most": RANKED_PER_UNION,
        "per_union": PER_UNION,
        "unions": UNIONS_SHOWN,
    }
    more = CARDS.replace(
        "FROM picked",
        ", coalesce(u.translations -> %(language)s ->> 'name', u.name), u.hue, picked.found FROM picked",
        1,
    )
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT + more, values)
        rows = cursor.fetchall()
    groups: dict[str, FoundInUnion] = {}
    for row in rows:
        goods, (name, hue, count) = GoodsRow(*row[:-3]), row[-3:]
        group = groups.setdefault(
            goods.union_slug,
            FoundInUnion(goods.union_slug, name, hue, count, count >= RANKED_PER_UNION, []),
        )
        group.cards.append(card_of(goods, language))
    return list(groups.values())
