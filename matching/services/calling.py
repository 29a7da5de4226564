"""Calling stores: one frame to all that are connected, at once, and no more calls a day than they take."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from redis.exceptions import RedisError

from core.live import redis_connection
from matching.models import MatchRequest
from matching.queries.subscribers import Subscriber
from matching.services.telling import calls_topic, tell
from unions.models import Union

logger = logging.getLogger(__name__)
A_DAY = 86_400
CALLED_FOR = 3600
"""Seconds in which the outbox asks whether a wish was called."""


def call_frame(*, request: MatchRequest) -> dict[str, Any]:
    """What stores learn of a wish: everything but who it is.

    The same for all, so that its text travels once.
    """
    return {
        "type": "wish",
        "request": request.ref,
        "union": request.union.slug,
        "words": request.words,
        "code": request.code_id,
        "classes": request.classes,
        "quantity": request.quantity,
        "budget": None if request.budget is None else {"amount": request.budget, "currency": request.currency},
        "condition": request.condition,
        "place": request.rough_place,
        "reach_km": request.reach_km,
        "wanted_by": request.wanted_by,
        "language": request.language,
        "asked_at": request.asked_at,
        "answers_until": request.answers_until,
        "pictures": request.pictures,
    }


def call_stores(*, request: MatchRequest) -> None:
    """Tell all called stores that are connected. Who is not finds the wish in the list of calls."""
    tell(topics=[calls_topic(store_id=store_id) for store_id in request.stores], frame=call_frame(request=request))


def note_called(*, request: MatchRequest) -> None:
    """Its stores have been called and those that answer by themselves have answered."""
    try:
        redis_connection().set(f"called:{request.pk}", 1, ex=CALLED_FOR)
    except RedisError:
        logger.exception("That stores were called is not noted.")


def was_called(*, request: MatchRequest) -> bool:
    """Whether that is noted; without Redis nobody hears a call anyway."""
    try:
        return bool(redis_connection().exists(f"called:{request.pk}"))
    except RedisError:
        return False


def within_their_day(*, subscribers: Sequence[Subscriber], unions: Sequence[Union], now: datetime) -> list[Subscriber]:
    """Those who take one more call on this day of their union; it is counted. Without Redis nobody is spared."""
    limited = [each for each in subscribers if each.most_a_day is not None]
    if not limited:
        return list(subscribers)
    days = {union.pk: f"calls:{now.astimezone(ZoneInfo(union.time_zone)):%Y%m%d}" for union in unions}
    try:
        with redis_connection().pipeline(transaction=False) as pipeline:
            for each in limited:
                pipeline.hincrby(days[each.union_id], str(each.store_id), 1)
            for name in set(days.values()):
                pipeline.expire(name, 2 * A_DAY)
            counts = pipeline.execute()[: len(limited)]
    except RedisError:
        logger.exception("Calls are not counted.")
        return list(subscribers)
    full = {each.store_id for each, count in zip(limited, counts, strict=True) if count > (each.most_a_day or 0)}
    return [each for each in subscribers if each.store_id not in full]
