"""The time that figures are asked for, and the time before it that they are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.moments import is_plausible_day

LONGEST = 366
"""So many days at most are looked at together."""
USUAL = "30"
LAST_DAYS = ("7", "30", "90")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Days of a union's calendar, `first` to `last` with both; `kind` is "7", "30", "90", "month" or "own"."""

    kind: str
    first: date
    last: date
    zone: ZoneInfo

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Span:
        """As many days right before; of a month that has begun the same days of the month before."""
        last = self.first - timedelta(days=1)
        if self.kind == "month":
            first = last.replace(day=1)
            return Span("before", first, min(last, first + timedelta(days=self.days - 1)), self.zone)
        return Span("before", self.first - timedelta(days=self.days), last, self.zone)

    @property
    def begins(self) -> datetime:
        """Midnight of the union's clock at which it begins."""
        return datetime.combine(self.first, time.min, tzinfo=self.zone)

    @property
    def ends(self) -> datetime:
        """The midnight after its last day."""
        return datetime.combine(self.last + timedelta(days=1), time.min, tzinfo=self.zone)


def weeks_and_days(*spans: tuple[date, date]) -> tuple[list[date], list[date]]:
    """The Mondays of the weeks that lie whole in one of the spans (first and last day), and the days beside them."""
    weeks, days = [], []
    for day, last in spans:
        while day <= last:
            if day.weekday() == 0 and day + 6 * DAY <= last:
                weeks.append(day)
                day += 7 * DAY
            else:
                days.append(day)
                day += DAY
    return weeks, days


def span_asked(typed: str, first: date | None, last: date | None, *, zone: str, now: datetime) -> Span:
    """The span that an address asks for; the last 30 days where it asks for none, or for none that can be.

    Own days end today at the latest; of more than LONGEST the last ones are taken.
    """
    here = ZoneInfo(zone)
    today = now.astimezone(here).date()
    if typed == "own" and first is not None and last is not None and is_plausible_day(day=first):
        last = min(last, today)
        if first <= last:
            return Span("own", max(first, last - timedelta(days=LONGEST - 1)), last, here)
    if typed == "month":
        return Span("month", today.replace(day=1), today, here)
    kind = typed if typed in LAST_DAYS else USUAL
    return Span(kind, today - timedelta(days=int(kind) - 1), today, here)
