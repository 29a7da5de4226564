"""How often somebody may do something: counters in Redis, one window of time each."""

from __future__ import annotations

import logging
import time

from redis.exceptions import RedisError

from chat.errors import TooMany
from core.clients import network_of
from core.live import redis_connection

logger = logging.getLogger(__name__)

BEGINNINGS = (12, 3600)
"""Conversations that one browser begins, or one network address five times as many, in so many seconds."""
MEETINGS = (20, 3600)
"""Times that rules speak to one browser. Without recognition only its network address tells it from the next one."""
UPLOADS = (30, 3600)
TRANSCRIPTS = (5, 3600)
SHARED = 5
"""Behind one network address there may be a whole household, or a school."""


def count_against_limit(*, what: str, limit: tuple[int, int], visitor: str, address: str | None) -> None:
    """Count one more of `what`. Raises TooMany; without Redis nothing is limited."""
    counters = counters_of(what=what, limit=limit, visitor=visitor, address=address)
    if not counters:
        return
    try:
        with redis_connection().pipeline(transaction=False) as pipeline:
            for name in counters:
                pipeline.incr(name)
                pipeline.expire(name, limit[1])
            counts = pipeline.execute()[::2]
    except RedisError:
        logger.exception("nothing is counted")
        return
    if any(count > allowed for count, allowed in zip(counts, counters.values(), strict=True)):
        raise TooMany


def counters_of(*, what: str, limit: tuple[int, int], visitor: str, address: str | None) -> dict[str, int]:
    """The counters of this window in which somebody is counted, and how far each may go.

    Of an IPv6 address its network counts: the rest of it one machine changes as often as it likes.
    """
    most, seconds = limit
    window = int(time.time() // seconds)
    counters = {f"limit:{what}:visitor:{visitor}:{window}": most} if visitor else {}
    if address:
        counters[f"limit:{what}:address:{network_of(address)}:{window}"] = most * SHARED
    return counters
