"""Points in time that somebody typed."""

from __future__ import annotations

from datetime import UTC, date, datetime

from core.errors import Invalid

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Near year 1 and year 10000 a time leaves what Python can hold as soon as it is told in another zone: a row that has
it can be written and never be read again."""


def is_plausible(*, moment: datetime) -> bool:
    """Whether it lies in a century in which shops are open."""
    return EARLIEST <= moment < LATEST


def is_plausible_day(*, day: date) -> bool:
    """The same of a day: those around it can be reckoned with, too."""
    return EARLIEST.date() <= day < LATEST.date()


def require_plausible(*, moment: datetime | None, field: str) -> None:
    """Raises Invalid for a time that nobody means."""
    if moment is not None and not is_plausible(moment=moment):
        raise Invalid(field=field)
