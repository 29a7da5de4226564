"""Calling stores: one frame to all that are connected, at once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from redis.exceptions import RedisError

from chat.queries.shoppers import Shopper
from core.live import announce, announce_to, redis_connection
from matching.models import MatchRequest, MatchResponse
from matching.queries.subscribers import Subscriber

logger = logging.getLogger(__name__)
A_DAY = 86_400
CALLED_FOR = 3600
"""Seconds in which the outbox asks whether a wish was called."""
WHAT: dict[str, str] = {
    MatchResponse.Way.CART: "cart",
    MatchResponse.Way.TIME: "reservation",
    MatchResponse.Way.TALK: "conversation",
}
"""What using an answer makes, by its way."""


def calls_topic(*, store_id: int) -> str:
    """Where the consoles and programs of a store listen for calls."""
    return f"calls.{store_id}"


def answers_topic(*, store_id: int) -> str:
    """Where they hear what became of the store's own answers."""
    return f"answers.{store_id}"


def call_frame(*, request: MatchRequest) -> dict[str, Any]:
    """What stores learn of a wish: everything but who it is. The place is rounded to about a kilometre.

    The same for all, so that its text travels once.
    """
    place = None
    if request.latitude is not None and request.longitude is not None:
        place = {"latitude": round(request.latitude, 2), "longitude": round(request.longitude, 2)}
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
        "place": place,
        "reach_km": request.reach_km,
        "wanted_by": request.wanted_by,
        "language": request.language,
        "asked_at": request.asked_at,
        "answers_until": request.answers_until,
        "pictures": request.pictures,
    }


def call_stores(*, request: MatchRequest) -> None:
    """Tell all called stores that are connected. Who is not finds the wish in the list of calls."""
    _say([calls_topic(store_id=store_id) for store_id in request.stores], call_frame(request=request))


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


def tell_called(*, request: MatchRequest) -> None:
    """The wish is over: consoles take it off their lists, programs forget it. Who chose what is nobody's business."""
    frame = {"type": "wish.over", "request": request.ref, "state": request.state}
    _say([calls_topic(store_id=store_id) for store_id in request.stores], frame)


def used_frame(*, request: MatchRequest, response: MatchResponse) -> dict[str, Any]:
    """What a store learns when its answer was used: enough to set the pieces aside. `what` came of it."""
    return {
        "type": "used",
        "request": request.ref,
        "response": response.ref,
        "version": response.version,
        "what": WHAT[response.way],
        "title": response.title,
        "sku": response.variant.sku if response.variant else None,
        "quantity": response.quantity,
        "price": None if response.price is None else {"amount": response.price, "currency": response.currency},
        "used_at": response.changed_at,
    }


def tell_used(*, request: MatchRequest, response: MatchResponse) -> None:
    """Only the store whose answer it is."""
    _say([answers_topic(store_id=response.store_id)], used_frame(request=request, response=response))


def tell_shopper(*, request: MatchRequest, what: str) -> None:
    """The shopper's pages fetch the answers anew. `what`: answers, ended, found (something fitting is in stock)."""
    shopper = Shopper(request.union, request.visitor, request.user)
    frame = {"type": "match", "request": request.ref, "what": what, "state": request.state}
    try:
        announce(dict.fromkeys(shopper.topics, frame))
    except RedisError:
        logger.exception("A shopper was not told of answers.")


def within_their_day(*, subscribers: Sequence[Subscriber], now: datetime) -> list[Subscriber]:
    """Those who take one more call today; it is counted. Without Redis nobody is spared."""
    limited = [each for each in subscribers if each.most_a_day is not None]
    if not limited:
        return list(subscribers)
    name = f"calls:{now:%Y%m%d}"
    try:
        with redis_connection().pipeline(transaction=False) as pipeline:
            for each in limited:
                pipeline.hincrby(name, str(each.store_id), 1)
            pipeline.expire(name, 2 * A_DAY)
            counts = pipeline.execute()[:-1]
    except RedisError:
        logger.exception("Calls are not counted.")
        return list(subscribers)
    full = {each.store_id for each, count in zip(limited, counts, strict=True) if count > (each.most_a_day or 0)}
    return [each for each in subscribers if each.store_id not in full]


def _say(topics: list[str], frame: dict[str, Any]) -> None:
    if not topics:
        return
    try:
        announce_to(topics, frame)
    except RedisError:
        # The wish is written; consoles bring their list up when the line is back.
        logger.exception("Stores were not called.")
