"""What stores answer by themselves: the good that says most of the wish's words, is in stock and within the budget."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db import transaction
from django_scopes import scopes_disabled

from core.outbox import publish_all
from core.references import new_reference
from core.statements import rows_of
from matching.errors import TooLate
from matching.events import RESPONSE_CHANGED
from matching.models import CallSettings, MatchRequest, MatchResponse
from matching.queries.fitting import word_query
from matching.services.answering import open_request
from matching.services.calling import tell_shopper
from matching.words import tokens_in

ENOUGH = 0.6
"""Share of the wish's words that a good has to say in its title, tags, options, category or the store's name."""

_BEST = """
WITH willing AS (
    SELECT store.id, store.union_id, home.prefix, home.currency, settings.valid_minutes, settings.words
    FROM matching_callsettings AS settings
        JOIN stores_store AS store ON store.id = settings.store_id AND store.is_published
        JOIN unions_union AS home ON home.id = store.union_id
    WHERE settings.store_id = ANY(%(stores)s) AND settings.answers_itself
), said AS (
    SELECT union_id, query::tsquery AS query
    FROM unnest(%(unions)s::bigint[], %(queries)s::text[]) AS word(union_id, query)
), goods AS (
    SELECT product.id, product.store_id, product.title, (
        SELECT count(*) FROM said WHERE said.union_id = product.union_id AND product.search @@ said.query
    ) AS hits
    FROM stores_product AS product
    WHERE product.search @@ %(any)s::tsquery AND product.is_published AND product.kind = 'goods'
        AND product.store_id IN (SELECT id FROM willing)
)
SELECT DISTINCT ON (goods.store_id) willing.*, goods.title, variant.id AS variant_id, variant.price
FROM goods
    JOIN willing ON willing.id = goods.store_id
    JOIN stores_variant AS variant ON variant.product_id = goods.id AND variant.is_active AND variant.price > 0
    LEFT JOIN stores_stocklevel AS level ON level.variant_id = variant.id
WHERE goods.hits >= %(enough)s
    AND (NOT variant.tracks_stock OR level.available >= %(quantity)s)
    AND (%(budget)s::bigint IS NULL OR willing.currency <> %(currency)s
        OR variant.price * %(quantity)s <= %(budget)s)
ORDER BY goods.store_id, goods.hits DESC, variant.price, variant.id
"""


def answer_from_stock(*, request: MatchRequest, now: datetime) -> int:
    """Let the called stores answer whose settings say so; returns how many did. Done again it does nothing.

    Four queries, however many stores: whether any wants to, the wish's lock, what fits, the answers.
    """
    words = tokens_in(request.words)
    if not words or request.condition == MatchRequest.Condition.USED:
        return 0
    with transaction.atomic(), scopes_disabled():
        willing = CallSettings.objects.filter(store__in=request.stores, answers_itself=True)
        unions = sorted(set(willing.values_list("union", flat=True)))
        if not unions:
            return 0
        try:
            current = open_request(request=request, now=now)
        except TooLate:
            return 0
        answers = [_answer(row, current, now=now) for row in rows_of(_BEST, _values(current, words, unions))]
        MatchResponse.objects.bulk_create(answers, ignore_conflicts=True)
        # What a person answered meanwhile stands.
        new = MatchResponse.objects.filter(request=current, ref__in=[answer.ref for answer in answers])
        ids = list(new.values_list("pk", flat=True))
        publish_all(
            [(RESPONSE_CHANGED, f"wish:{current.pk}", {"response_id": pk, "what": "offered"}) for pk in sorted(ids)]
        )
    if ids:
        tell_shopper(request=request, what="answers")
    return len(ids)


def _values(request: MatchRequest, words: list[str], unions: list[int]) -> dict[str, Any]:
    pairs = [(union_id, word_query(union_id=union_id, word=word)) for union_id in unions for word in words]
    return {
        "stores": request.stores,
        "unions": [union_id for union_id, _query in pairs],
        "queries": [query for _union, query in pairs],
        "any": " | ".join(query for _union, query in pairs),
        "enough": ceil(ENOUGH * len(words)),
        "quantity": request.quantity,
        "budget": request.budget,
        "currency": request.currency,
    }


def _answer(row: Any, request: MatchRequest, *, now: datetime) -> MatchResponse:
    return MatchResponse(
        union_id=row.union_id,
        request=request,
        store_id=row.id,
        ref=new_reference(row.prefix),
        by=MatchResponse.By.STOCK,
        way=MatchResponse.Way.CART,
        title=row.title[:200],
        variant_id=row.variant_id,
        quantity=request.quantity,
        price=row.price,
        currency=row.currency,
        words=row.words,
        valid_until=now + timedelta(minutes=row.valid_minutes),
        answered_at=now,
        changed_at=now,
        took_ms=max(0, round((now - request.asked_at).total_seconds() * 1000)),
    )
