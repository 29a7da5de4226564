"""What stores answer by themselves: the good that says most of the wish's words, is in stock and within the budget."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django_scopes import scopes_disabled

from core.references import new_reference
from core.statements import rows_of
from matching.errors import TooLate
from matching.models import CallSettings, MatchRequest, MatchResponse
from matching.queries.saying import any_of, goods_saying, in_stock, queries_of, sellable, wanted_words
from matching.services.answering import open_request
from matching.services.telling import tell_answered

_BEST = f"""
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
    {goods_saying(words="%(any)s::tsquery", said="TRUE", of="product.store_id IN (SELECT id FROM willing)")}
)
SELECT DISTINCT ON (goods.store_id) willing.*, goods.title, variant.id AS variant_id, variant.price
FROM goods
    JOIN willing ON willing.id = goods.store_id
    {
    sellable(
        currency="willing.currency",
        quantity="%(quantity)s",
        budget="%(budget)s",
        budget_currency="%(currency)s",
    )
}
WHERE goods.hits >= %(enough)s AND {in_stock(quantity="%(quantity)s")}
ORDER BY goods.store_id, goods.hits DESC, variant.price, variant.id
"""


def answer_from_stock(*, request: MatchRequest, now: datetime) -> int:
    """Let the called stores answer whose settings say so; returns how many did. Done again it does nothing.

    Five queries, however many stores: whether any wants to, the wish's lock, what fits, the answers, which were new.
    """
    words, enough = wanted_words(request)
    if not words:
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
        values = _values(current, queries_of(words, unions), enough)
        answers = [_answer(row, current, now=now) for row in rows_of(_BEST, values)]
        MatchResponse.objects.bulk_create(answers, ignore_conflicts=True)
        # What a person answered meanwhile stands.
        new = MatchResponse.objects.filter(request=current, ref__in=[answer.ref for answer in answers])
        stores = list(new.values_list("store", flat=True))
        if stores:
            tell_answered(request=request, store_ids=stores, state=MatchResponse.State.OFFERED)
    return len(stores)


def _values(request: MatchRequest, queries: list[tuple[int, str]], enough: int) -> dict[str, Any]:
    return {
        "stores": request.stores,
        "unions": [union_id for union_id, _query in queries],
        "queries": [query for _union, query in queries],
        "any": any_of(queries),
        "enough": enough,
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
