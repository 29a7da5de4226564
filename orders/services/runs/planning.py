"""By when each step of an order is due: pure functions over its steps and the store's hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from orders.models import ProcedureStep
from stores.models import Store
from stores.queries.opening import Span, Special, spans_on

Unit, From = ProcedureStep.Unit, ProcedureStep.From
SEARCHED = 60
"""Days looked through beyond seven for each working day, before a store that never opens is taken to open daily."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When the store works: its week and special days. A store that told no hours works from Monday to Friday."""

    zone: str
    week: Sequence[Span] = ()
    specials: Sequence[Special] = ()

    def works_on(self, day: date) -> bool:
        """Whether anybody is there on that date.

        Not the days of the answer clock (`queries.response_terms.Terms.is_open`), which runs daily without hours.
        """
        if not self.week:
            closed = {special.date for special in self.specials if special.opens is None}
            return day.weekday() < 5 and day not in closed
        return bool(spans_on(day, self.week, self.specials)[0])


@dataclass(frozen=True, slots=True)
class Due:
    """When one step is due, and from when on that is counted; `closed_at` once it is over."""

    key: str
    count: int | None
    unit: str
    counted: str
    after: str
    closed_at: datetime | None


def hours_of(*, store: Store) -> Hours:
    """The hours of a store with its `union`: two queries."""
    week = [Span(row.weekday, row.opens, row.closes) for row in store.opening_hours.all()]
    specials = [Special(row.date, row.opens, row.closes, row.reason) for row in store.special_days.all()]
    return Hours(store.union.time_zone, week, specials)


def plan(*, steps: Sequence[Due], paid_at: datetime, deadline: datetime | None, hours: Hours) -> list[datetime | None]:
    """For each step when it is due (UTC), or None. What is counted from a step that is not over yet is counted from
    when that one is due.

    Steps go one after the other, and so do these times: none is before the payment, nor before that of the step before
    it. Where they would cross, a step that hangs on the deadline pulls those before it forward, since otherwise all
    could be in time and the order late; any other waits for the one before it.
    """
    latest = _latest(steps, paid_at=paid_at, deadline=deadline, hours=hours)
    reached: dict[str, datetime] = {}
    before, after, planned = paid_at, paid_at, []
    for step, limit in zip(steps, latest, strict=True):
        base: datetime | None = before
        if step.counted == From.PAID:
            base = paid_at
        elif step.counted == From.STEP:
            base = reached.get(step.after, before)
        elif step.counted == From.DEADLINE:
            base = deadline
        due = None
        if step.count is not None and base is not None:
            sign = -1 if step.counted == From.DEADLINE else 1
            due = max(after, moved(moment=base, count=sign * step.count, unit=step.unit, hours=hours))
            after = due = due if limit is None else min(due, limit)
        planned.append(due)
        before = step.closed_at or due or before
        reached[step.key] = before
    return planned


def _latest(
    steps: Sequence[Due], *, paid_at: datetime, deadline: datetime | None, hours: Hours
) -> list[datetime | None]:
    """For each step the earliest of the times that it and the open ones behind it have by the deadline, if any has."""
    limit: datetime | None = None
    limits: list[datetime | None] = []
    for step in reversed(steps):
        hangs = step.counted == From.DEADLINE and step.closed_at is None
        if hangs and step.count is not None and deadline is not None:
            by = max(paid_at, moved(moment=deadline, count=-step.count, unit=step.unit, hours=hours))
            limit = by if limit is None else min(limit, by)
        limits.append(limit)
    return limits[::-1]


def moved(*, moment: datetime, count: int, unit: str, hours: Hours) -> datetime:
    """The moment so many units later (earlier, when negative), in UTC.

    Minutes and hours pass as they do; days keep the time of day of the union's clocks, also where those change.
    """
    if unit in (Unit.MINUTES, Unit.HOURS):
        return moment.astimezone(UTC) + timedelta(**{unit: count})
    local = moment.astimezone(ZoneInfo(hours.zone))
    if unit == Unit.DAYS:
        return (local + timedelta(days=count)).astimezone(UTC)
    step = 1 if count >= 0 else -1
    day, left = local, abs(count)
    for _looked in range(7 * left + SEARCHED):
        if not left:
            break
        day += timedelta(days=step)
        left -= hours.works_on(day.date())
    return (day + timedelta(days=step * left)).astimezone(UTC)
