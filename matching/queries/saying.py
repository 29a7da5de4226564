"""Goods that fit a wish's words, its quantity and its budget: SQL shared by those who answer from stock and by those
who remember wishes."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from matching.models import MatchRequest
from matching.words import tokens_in
from stores.queries.words import IS_CJK

ENOUGH = 0.6
"""Share of the wish's words that a good has to say in its title, tags, options, category or the store's name."""


def goods_saying(*, words: str, said: str, of: str) -> str:
    """SELECT of published goods that say any of the words, each with `hits`: how many of them.

    `words` is an expression for the tsquery of any of them, `said` a condition on the rows of `said` (one for each
    word and union: union_id, query) that count, `of` a condition on the goods.
    """
    return f"""
    SELECT product.id, product.store_id, product.union_id, product.title, (
        SELECT count(*) FROM said WHERE said.union_id = product.union_id AND {said} AND product.search @@ said.query
    ) AS hits
    FROM stores_product AS product
    WHERE product.search @@ {words} AND product.is_published AND product.kind = 'goods' AND {of}
    """


def sellable(*, currency: str, quantity: str, budget: str, budget_currency: str) -> str:
    """FROM clause after `goods`: their variants that are in stock for the quantity and within the budget.

    `currency` is an expression for the store's. A budget in another currency limits nothing.
    """
    return f"""
    JOIN stores_variant AS variant ON variant.product_id = goods.id AND variant.is_active AND variant.price > 0
        AND ({budget}::bigint IS NULL OR {currency} <> {budget_currency} OR variant.price * {quantity} <= {budget})
    LEFT JOIN stores_stocklevel AS level ON level.variant_id = variant.id
    """


def in_stock(*, quantity: str) -> str:
    """Condition on what `sellable` joins."""
    return f"(NOT variant.tracks_stock OR level.available >= {quantity})"


def word_query(*, union_id: int, word: str) -> str:
    """The tsquery of one word in one union, in all but descriptions; more letters may follow."""
    return f"'{union_id}.{word}':{'' if IS_CJK.match(word) else '*'}ABC"


def wanted_words(request: MatchRequest) -> tuple[list[str], int]:
    """The words that say what is wished, and how many of them a good has to say. Used goods are in no stock list."""
    if request.condition == MatchRequest.Condition.USED:
        return [], 0
    words = tokens_in(request.words)
    return words, ceil(ENOUGH * len(words))


def queries_of(words: Sequence[str], unions: Sequence[int]) -> list[tuple[int, str]]:
    """(union, query) of each word in each union."""
    return [(union_id, word_query(union_id=union_id, word=word)) for union_id in unions for word in words]


def any_of(queries: Sequence[tuple[int, str]]) -> str:
    """The tsquery that finds what says any of them."""
    return " | ".join(query for _union, query in queries)
