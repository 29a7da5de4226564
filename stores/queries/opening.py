"""Is a shop open now, until when, and when next? Pure functions over rows of hours, in the union's time zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAYS_AHEAD = 14


class Span(NamedTuple):
    """From opening to closing on one weekday (0 is Monday)."""

    weekday: int
    opens: time
    closes: time


class Special(NamedTuple):
    """A date that differs: closed without times."""

    date: date
    opens: time | None
    closes: time | None
    reason: str


@dataclass(frozen=True, slots=True)
class Opening:
    """`is_open` with `until` (its closing time), else `next_at` (the next opening, if any within two weeks).

    `known` is False for a store that has told no hours. `reason` says why today is special. Times are aware and in
    the union's zone.
    """

    known: bool
    is_open: bool
    until: datetime | None = None
    next_at: datetime | None = None
    reason: str = ""
    today: date | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One line of the week's table: its spans, and what is special about that date."""

    date: date
    spans: tuple[tuple[time, time], ...]
    is_today: bool
    reason: str


def spans_on(day: date, week: Sequence[Span], specials: Sequence[Special]) -> tuple[tuple[tuple[time, time], ...], str]:
    """The spans in which the shop is open on a date, and the reason when the date is special."""
    for special in specials:
        if special.date == day:
            if special.opens is None or special.closes is None:
                return (), special.reason
            return ((special.opens, special.closes),), special.reason
    return tuple(sorted((span.opens, span.closes) for span in week if span.weekday == day.weekday())), ""


def opening_at(now: datetime, zone: str, week: Sequence[Span], specials: Sequence[Special]) -> Opening:
    """The state of a shop with these hours at a moment."""
    tz = ZoneInfo(zone)
    local = now.astimezone(tz)
    today = local.date()
    spans, reason = spans_on(today, week, specials)
    if not week and not any(special.opens for special in specials):
        return Opening(known=False, is_open=False, reason=reason, today=today)
    for opens, closes in spans:
        if opens <= local.time() < closes:
            return Opening(True, True, until=datetime.combine(today, closes, tz), reason=reason, today=today)
    for ahead in range(DAYS_AHEAD):
        day = today + timedelta(days=ahead)
        for opens, _closes in spans_on(day, week, specials)[0]:
            start = datetime.combine(day, opens, tz)
            if start > local:
                return Opening(True, False, next_at=start, reason=reason, today=today)
    return Opening(True, False, reason=reason, today=today)


def coming_week(now: datetime, zone: str, week: Sequence[Span], specials: Sequence[Special]) -> list[Day]:
    """Today and the six days after it."""
    today = now.astimezone(ZoneInfo(zone)).date()
    days = []
    for ahead in range(7):
        day = today + timedelta(days=ahead)
        spans, reason = spans_on(day, week, specials)
        days.append(Day(day, spans, ahead == 0, reason))
    return days


def first_open_day(start: date, week: Sequence[Span], specials: Sequence[Special]) -> date:
    """The first date from `start` on which the shop opens; `start` itself when it has told no hours."""
    for ahead in range(DAYS_AHEAD):
        day = start + timedelta(days=ahead)
        if spans_on(day, week, specials)[0]:
            return day
    return start


def first_round_day(start: date, weekdays: str, specials: Sequence[Special]) -> date:
    """The first date from `start` on one of these weekdays (digits, 0 is Monday) that is no day of closing.

    Rounds go on their own days, also where the counter is closed then; on a holiday nobody drives.
    """
    closed = {special.date for special in specials if special.opens is None}
    days = (start + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 7))
    return next((day for day in days if str(day.weekday()) in weekdays and day not in closed), start)


def ready_between(
    now: datetime,
    zone: str,
    lead_days: tuple[int, int],
    week: Sequence[Span],
    specials: Sequence[Special],
    weekdays: str = "",
) -> tuple[date, date]:
    """When an order placed now is there, at the earliest and at the latest: the one place that promises a day.

    Lead days are counted from today, or from the next opening after closing time, in the union's zone. Goods come
    on a day on which the shop opens; a way with fixed `weekdays` promises only those.
    """
    opening = opening_at(now, zone, week, specials)
    today = now.astimezone(ZoneInfo(zone)).date()
    start = today if opening.is_open or opening.next_at is None else opening.next_at.date()
    first, last = (start + timedelta(days=days) for days in lead_days)
    if weekdays:
        return first_round_day(first, weekdays, specials), first_round_day(last, weekdays, specials)
    return first_open_day(first, week, specials), first_open_day(last, week, specials)
