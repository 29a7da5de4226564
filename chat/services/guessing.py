"""Against guessing codes: wrong ones are counted per browser (or key) and network address, right ones are not.

A poster's code is entered by a whole street behind one address; a guesser is stopped after a few wrong ones.
"""

from __future__ import annotations

import logging

from redis.exceptions import RedisError

from chat.errors import TooMany
from chat.services.limits import counters_of
from core.live import redis_connection

logger = logging.getLogger(__name__)

WRONG_CODES = (10, 900)
"""Wrong codes of one browser in so many seconds."""


def refuse_guessers(
    *, visitor: str, address: str | None, what: str = "code", limit: tuple[int, int] = WRONG_CODES
) -> None:
    """Raises TooMany for who has given too many wrong codes lately; a right one does not help them then.

    `what` names the kind of code, each counted by itself.
    """
    counters = counters_of(what=what, limit=limit, visitor=visitor, address=address)
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


def count_wrong_code(
    *, visitor: str, address: str | None, what: str = "code", limit: tuple[int, int] = WRONG_CODES
) -> None:
    """One more wrong code; whoever has come to the limit with it is named in the log."""
    counters = counters_of(what=what, limit=limit, visitor=visitor, address=address)
    try:
        with redis_connection().pipeline(transaction=False) as pipeline:
            for name in counters:
                pipeline.incr(name)
                pipeline.expire(name, limit[1])
            counts = pipeline.execute()[::2]
    except RedisError:
        logger.exception("wrong codes are not counted")
        return
    if any(count == most for count, most in zip(counts, counters.values(), strict=True)):
        logger.warning("%s guessed too often: %s, %s", what, visitor or "nobody known", address or "no address")
