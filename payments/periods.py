"""Which days a payout covers, in the union's own time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from unions.models import Union


@dataclass(frozen=True, slots=True)
class Period:
    """`start` to `end`, both days included; `closed_at` is the first moment after it."""

    start: date
    end: date
    closed_at: datetime


def last_closed_period(*, union: Union, now: datetime) -> Period:
    """The latest day, week (Monday to Sunday) or month of the union that is over."""
    today = now.astimezone(ZoneInfo(union.time_zone)).date()
    match union.payout_period:
        case Union.PayoutPeriod.DAILY:
            start, end = today - timedelta(days=1), today - timedelta(days=1)
        case Union.PayoutPeriod.WEEKLY:
            end = today - timedelta(days=today.weekday() + 1)
            start = end - timedelta(days=6)
        case _:
            end = today.replace(day=1) - timedelta(days=1)
            start = end.replace(day=1)
    return Period(start, end, start_of_day(union, end + timedelta(days=1)))


def start_of_day(union: Union, day: date) -> datetime:
    """Midnight of that day where the union is."""
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(union.time_zone))
