"""Opening hours as people write them: `Mon: 10-9:30; Sat: 9am-6pm; Sun: closed`."""

from __future__ import annotations

import re
from datetime import time

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPAN = re.compile(
    r"^(?P<h1>\d{1,2})(?::(?P<m1>\d\d))?\s*(?P<p1>am|pm)?\s*(?:-|–|to)\s*"
    r"(?P<h2>\d{1,2})(?::(?P<m2>\d\d))?\s*(?P<p2>am|pm)?$"
)


class HoursUnclear(ValueError):
    """The text cannot be read as opening hours; the argument is the part that was not understood."""


def parse_hours(*, text: str) -> list[tuple[int, time, time]]:
    """(weekday from 0 for Monday, opens, closes) for every day that is open. Raises HoursUnclear.

    An end that is not after its beginning is an afternoon hour: `10-9:30` closes at 21:30.
    """
    spans = []
    for part in filter(None, (part.strip() for part in text.lower().split(";"))):
        name, colon, hours = part.partition(":")
        day = next((index for index, short in enumerate(DAYS) if name.strip().startswith(short)), None)
        if day is None or not colon:
            raise HoursUnclear(part)
        hours = hours.strip()
        if hours in {"closed", ""}:
            continue
        match = SPAN.match(hours)
        if match is None:
            raise HoursUnclear(part)
        opens = _minutes(match["h1"], match["m1"], match["p1"])
        closes = _minutes(match["h2"], match["m2"], match["p2"])
        if closes <= opens and not match["p2"]:
            closes += 12 * 60
        if not opens < closes < 24 * 60:
            raise HoursUnclear(part)
        spans.append((day, time(opens // 60, opens % 60), time(closes // 60, closes % 60)))
    return spans


def _minutes(hour: str, minute: str | None, half: str | None) -> int:
    hours = int(hour)
    if half == "pm" and hours < 12:
        hours += 12
    elif half == "am" and hours == 12:
        hours = 0
    return hours * 60 + int(minute or 0)
