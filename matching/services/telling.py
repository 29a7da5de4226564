"""What shoppers, stores and their programs hear of a wish and its answers, once it is committed.

Whoever looks when told finds it; what nobody hears because Redis is away is found on the page all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import transaction
from redis.exceptions import RedisError

from chat.queries.shoppers import Shopper
from core.live import announce_to
from matching.models import MatchRequest, MatchResponse

logger = logging.getLogger(__name__)
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


def counter_topic(*, store_id: int) -> str:
    """Where the consoles of a store hear that it has answered."""
    return f"counter.{store_id}"


def tell_shopper(*, request: MatchRequest, what: str) -> None:
    """The shopper's pages fetch the answers anew. `what`: answers, ended, found (something fitting is in stock)."""
    shopper = Shopper(request.union, request.visitor, request.user)
    tell(topics=shopper.topics, frame={"type": "match", "request": request.ref, "what": what, "state": request.state})


def tell_answered(*, request: MatchRequest, store_ids: Sequence[int], state: str) -> None:
    """These stores have answered, changed, withdrawn or declined: the shopper hears of it, and their own consoles."""
    tell_shopper(request=request, what="answers")
    frame = {"type": "wish.answered", "request": request.ref, "state": state}
    tell(topics=[counter_topic(store_id=store_id) for store_id in store_ids], frame=frame)


def tell_called(*, request: MatchRequest) -> None:
    """The wish is over: consoles take it off their lists, programs forget it. Who chose what is nobody's business."""
    frame = {"type": "wish.over", "request": request.ref, "state": request.state}
    tell(topics=[calls_topic(store_id=store_id) for store_id in request.stores], frame=frame)


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
    tell(topics=[answers_topic(store_id=response.store_id)], frame=used_frame(request=request, response=response))


def tell(*, topics: Sequence[str], frame: dict[str, Any]) -> None:
    """One text to all of them, at once or when the transaction around it is committed."""
    if topics:
        transaction.on_commit(partial(_say, list(topics), frame), robust=True)


def _say(topics: list[str], frame: dict[str, Any]) -> None:
    try:
        announce_to(topics, frame)
    except RedisError:
        logger.exception("Nobody was told of %s.", frame["type"])
