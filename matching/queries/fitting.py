"""Which goods of one store fit a wish best: what a person at the counter chooses from."""

from __future__ import annotations

from dataclasses import dataclass

from core.statements import tuples_of
from matching.models import MatchRequest
from matching.queries.saying import word_query
from matching.words import tokens_in
from stores.models import Store, Variant

MOST = 4

_FITTING = """
SELECT best.variant_id, best.available FROM (
    SELECT DISTINCT ON (product.id) variant.id AS variant_id, variant.price, found.hits,
        CASE WHEN variant.tracks_stock THEN coalesce(level.available, 0) END AS available,
        NOT variant.tracks_stock OR coalesce(level.available, 0) >= %(quantity)s AS is_there
    FROM stores_product AS product
        JOIN stores_variant AS variant ON variant.product_id = product.id AND variant.is_active AND variant.price > 0
        LEFT JOIN stores_stocklevel AS level ON level.variant_id = variant.id
        CROSS JOIN LATERAL (
            SELECT count(*) AS hits FROM unnest(%(queries)s::text[]) AS said(query)
            WHERE product.search @@ said.query::tsquery
        ) AS found
    WHERE product.union_id = %(union)s AND product.store_id = %(store)s AND product.is_published
        AND product.kind = 'goods' AND product.search @@ %(any)s::tsquery
    ORDER BY product.id, is_there DESC, variant.price, variant.id
) AS best
ORDER BY best.is_there DESC, best.hits DESC, best.price, best.variant_id LIMIT %(most)s
"""
"""One variant of each product; what is there in that number stands before what says more of the words."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """A good that fits; `available` is None for what is not counted."""

    variant: Variant
    available: int | None


def goods_fitting(request: MatchRequest, store: Store, *, most: int = MOST) -> list[Fitting]:
    """The store's goods that say most of the wish's words, one variant of each, with product. Two queries."""
    words = tokens_in(request.words)
    if not words:
        return []
    queries = [word_query(union_id=store.union_id, word=word) for word in words]
    values = {
        "union": store.union_id,
        "store": store.pk,
        "queries": queries,
        "any": " | ".join(queries),
        "quantity": request.quantity,
        "most": most,
    }
    found = dict(tuples_of(_FITTING, values))
    variants = Variant.objects.filter(union=store.union_id, store=store).select_related("product").in_bulk(found)
    return [Fitting(variants[key], available) for key, available in found.items()]
