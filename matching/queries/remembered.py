"""Remembered wishes, and the goods that fit them now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.statements import rows_of
from matching.models import MatchRequest, MatchResponse
from matching.queries.saying import any_of, goods_saying, in_stock, queries_of, sellable, wanted_words
from matching.queries.subscribers import meters_to

REMEMBERED = timedelta(days=60)
State = MatchResponse.State

_FOUND = f"""
WITH asked AS (
    SELECT id, words::tsquery AS words, enough
    FROM unnest(%(wishes)s::bigint[], %(any)s::text[], %(enough)s::int[]) AS one(id, words, enough)
), said AS (
    SELECT wish_id, union_id, query::tsquery AS query
    FROM unnest(%(of)s::bigint[], %(unions)s::bigint[], %(queries)s::text[]) AS word(wish_id, union_id, query)
)
SELECT DISTINCT ON (wish.id) wish.id AS wish_id, variant.id AS variant_id
FROM asked
    JOIN matching_matchrequest AS wish ON wish.id = asked.id
    CROSS JOIN LATERAL (
        {goods_saying(words="asked.words", said="said.wish_id = asked.id", of="product.union_id = wish.union_id")}
    ) AS goods
    JOIN stores_store AS store ON store.id = goods.store_id AND store.is_published
    JOIN unions_membership AS membership ON membership.id = store.membership_id AND membership.state = 'active'
    JOIN unions_union AS home ON home.id = wish.union_id
    {
    sellable(
        currency="home.currency",
        quantity="wish.quantity",
        budget="wish.budget",
        budget_currency="wish.currency",
    )
}
WHERE goods.hits >= asked.enough AND {in_stock(quantity="wish.quantity")}
    AND (wish.scope <> 'chosen' OR store.id = ANY(wish.stores))
    AND (wish.reach_km IS NULL OR wish.latitude IS NULL OR store.latitude IS NULL
        OR {meters_to("wish.latitude", "wish.longitude")} <= wish.reach_km * 1000.0)
ORDER BY wish.id, goods.hits DESC, variant.price, variant.id
"""


@dataclass(frozen=True, slots=True)
class Found:
    """The best good for a wish."""

    wish_id: int
    variant_id: int


def watched_requests(*, now: datetime) -> QuerySet[MatchRequest]:
    """Those over without an answer whose shoppers want to hear more, of all unions, oldest first."""
    answers = MatchResponse.objects.filter(request=OuterRef("pk")).exclude(state__in=(State.DECLINED, State.WITHDRAWN))
    return MatchRequest.objects.filter(
        ~Exists(answers),
        is_watched=True,
        told_at=None,
        state=MatchRequest.State.EXPIRED,
        asked_at__gt=now - REMEMBERED,
    ).order_by("id")


def goods_for(requests: Sequence[MatchRequest]) -> list[Found]:
    """What is in stock of the wishes' unions now and says enough of their words; the best of each. One query."""
    wanted = [(request, *wanted_words(request)) for request in requests]
    queries = {request.pk: queries_of(words, [request.union_id]) for request, words, _enough in wanted if words}
    if not queries:
        return []
    flat = [(pk, union_id, query) for pk, some in queries.items() for union_id, query in some]
    values = {
        "wishes": list(queries),
        "any": [any_of(some) for some in queries.values()],
        "enough": [enough for request, _words, enough in wanted if request.pk in queries],
        "of": [pk for pk, _union, _query in flat],
        "unions": [union_id for _pk, union_id, _query in flat],
        "queries": [query for _pk, _union, query in flat],
    }
    return [Found(row.wish_id, row.variant_id) for row in rows_of(_FOUND, values)]


def watched_alike(request: MatchRequest) -> QuerySet[MatchRequest]:
    """All that the same person has remembered in this union."""
    same = Q(user=request.user_id) if request.user_id else Q(user=None, email=request.email) & ~Q(email="")
    return MatchRequest.objects.filter(same, union=request.union_id, is_watched=True)
