"""How much may be said: the same on pages, over the API and on the lines of programs."""

from datetime import timedelta

MOST_PIECES = 999
LARGEST = 10**13
"""Of an amount in minor units."""
FARTHEST_KM = 20_000
"""To the other end of the earth."""
MOST_STORES = 200
"""Chosen by one shopper for one wish."""
ANSWERED_WITHIN = (timedelta(minutes=1), timedelta(days=7))
"""The shortest and the longest time that a shopper gives for answers."""
ANSWER_HOLDS = (timedelta(minutes=1), timedelta(days=30))
"""The shortest and the longest time for which a store binds itself."""


def minutes(time: timedelta) -> int:
    """In whole minutes."""
    return int(time.total_seconds() // 60)
