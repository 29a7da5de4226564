"""The free times of one day, with the days before and after it that have any: for a place as small as a window."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from orders.models import Bookable, Reservation
from orders.queries.slots import SlotDay, free_slots
from orders.services.reservations.placing import instant
from stores.views.shop.words import day_text, time_text

LOOKED_BACK, LOOKED_AHEAD = timedelta(days=7), timedelta(days=21)


def times_of_day(
    *, bookable: Bookable, wished: date | None, now: datetime, moving: Reservation | None = None
) -> dict[str, Any]:
    """What templates/talk/cards/times.html shows: `day`, its `slots`, `earlier` and `later` days, `zone`. Six queries.

    The wished day if anything is free on it, else the next that has something.
    """
    today = now.astimezone(ZoneInfo(bookable.union.time_zone)).date()
    latest = today + timedelta(days=bookable.ahead_days)
    asked = min(max(wished or today, today), latest)
    first, last = max(today, asked - LOOKED_BACK), min(latest, asked + LOOKED_AHEAD)
    days = free_slots(bookable=bookable, first=first, last=last, now=now, moving=moving)
    free = [day for day in days if day.slots]
    chosen = next((day for day in free if day.date >= asked), free[-1] if free else None)
    before = [day for day in free if chosen and day.date < chosen.date]
    after = [day for day in free if chosen and day.date > chosen.date]
    later = _day(after[0]) if after else None
    if not later and last < latest:
        # Nothing more in these weeks: the next press looks further ahead.
        later = {"value": (last + timedelta(days=1)).isoformat(), "text": day_text(last + timedelta(days=1))}
    return {
        "day": _day(chosen) if chosen else None,
        "slots": [
            {"value": instant(moment=slot.starts_at), "text": time_text(slot.starts_at.time())}
            for slot in (chosen.slots if chosen else ())
        ],
        "earlier": _day(before[-1]) if before else None,
        "later": later,
        "zone": bookable.union.time_zone,
    }


def _day(day: SlotDay) -> dict[str, str]:
    return {"value": day.date.isoformat(), "text": day_text(day.date)}
