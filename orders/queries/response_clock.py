"""The clock of a response: hours on days on which the store opens. Pure functions; a day is one of the union's zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MOST_DAYS = 366
"""A store that does not open for a year has no clock to go by: then every day counts."""
IsOpen = Callable[[date], bool]


def due_after(start: datetime, allowed: timedelta, *, zone: str, is_open: IsOpen) -> datetime:
    """The moment at which `allowed` is used up, counting only days on which the store opens. In UTC as it came in."""
    left, moment = allowed, start
    for _ in range(MOST_DAYS):
        midnight = _midnight_after(moment, zone)
        if is_open(moment.astimezone(ZoneInfo(zone)).date()):
            if left <= midnight - moment:
                return moment + left
            left -= midnight - moment
        moment = midnight
    return start + allowed


def time_left(now: datetime, due: datetime, *, zone: str, is_open: IsOpen) -> timedelta:
    """How much of it is left at `now`, counted likewise; nothing once it is late."""
    left, moment = timedelta(), now
    for _ in range(MOST_DAYS):
        if moment >= due:
            return left
        until = min(_midnight_after(moment, zone), due)
        if is_open(moment.astimezone(ZoneInfo(zone)).date()):
            left += until - moment
        moment = until
    return max(due - now, timedelta())


def _midnight_after(moment: datetime, zone: str) -> datetime:
    """The next beginning of a day in the zone; elapsed time is counted, so a day of 23 hours is one of 23."""
    local = moment.astimezone(ZoneInfo(zone))
    following = datetime.combine(local.date() + timedelta(days=1), time(), tzinfo=ZoneInfo(zone))
    return following.astimezone(moment.tzinfo)
