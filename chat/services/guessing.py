"""Against guessing codes: wrong ones are counted per browser and network address, right ones are not.

A poster's code is entered by a whole street behind one address; a guesser is stopped after a few wrong ones.
"""

from __future__ import annotations

import logging
import time

from redis.exceptions import RedisError

from chat.errors import TooMany
from core.live import redis_connection

logger = logging.getLogger(__name__)

MOST_WRONG = 10
MOST_WRONG_OF_ADDRESS = 50
SECONDS = 900


def refuse_guessers(*, visitor: str, address: str | None) -> None:
    """Raises TooMany for who has given too many wrong codes lately; a right one does not help them then."""
    counters = _counters(visitor, address)
    if not counters:
        return
    try:
        counts = redis_connection().mget(list(counters))
    except RedisError:
        # Forty random bits stand behind a code; the shop stays open while Redis comes back.
        logger.exception("wrong codes are not counted")
        return
    if any(int(count or 0) >= most for count, most in zip(counts, counters.values(), strict=True)):
        raise TooMany


def count_wrong_code(*, visitor: str, address: str | None) -> None:
    """One more wrong code."""
    try:
        with redis_connection().pipeline(transaction=False) as pipeline:
            for name in _counters(visitor, address):
                pipeline.incr(name)
                pipeline.expire(name, SECONDS)
            pipeline.execute()
    except RedisError:
        logger.exception("wrong codes are not counted")


def _counters(visitor: str, address: str | None) -> dict[str, int]:
    window = int(time.time() // SECONDS)
    counters = {f"limit:code:visitor:{visitor}:{window}": MOST_WRONG} if visitor else {}
    if address:
        counters[f"limit:code:address:{address}:{window}"] = MOST_WRONG_OF_ADDRESS
    return counters
