"""Times and dates of shops in a shopper's words."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time
from django.utils.translation import get_language, gettext

from core.money import locale_of
from stores.queries.opening import Day, Opening, Span, Special, coming_week, ready_between
from stores.queries.shop import Delivery, StoreView
from unions.models import Union


def day_text(day: date) -> str:
    """`Tue 24 Nov`, as the active language writes it."""
    return _day(day, get_language() or "en")


def time_text(moment: time) -> str:
    """`18:00`, as the active language writes it."""
    return _time(moment, get_language() or "en")


@lru_cache(maxsize=4096)
def _day(day: date, language: str) -> str:
    return format_skeleton("MMMEd", day, locale=locale_of(language))


@lru_cache(maxsize=2048)
def _time(moment: time, language: str) -> str:
    # CLDR's short time in Korean says "PM 3:00" since its 45th edition; its wide words are the ones people write.
    pattern = "aaaa h:mm" if language == "ko" else "short"
    return format_time(moment, pattern, locale=locale_of(language))


def opening_text(opening: Opening) -> str:
    """`Open until 18:00`, `Closed, opens at 13:30`, `Closed, opens Tue 24 Nov at 09:00`; empty when not known."""
    if not opening.known:
        return ""
    if opening.until:
        return gettext("Open until %(time)s") % {"time": time_text(opening.until.time())}
    if opening.next_at is None:
        return gettext("Closed")
    when = {"day": day_text(opening.next_at.date()), "time": time_text(opening.next_at.time())}
    if opening.next_at.date() == opening.today:
        return gettext("Closed, opens at %(time)s") % when
    return gettext("Closed, opens %(day)s at %(time)s") % when


def hours_rows(days: list[Day]) -> list[dict[str, object]]:
    """The week's table for components/hours.html."""
    return [
        {
            "day": day_text(day.date),
            "text": ", ".join(f"{time_text(opens)}–{time_text(closes)}" for opens, closes in day.spans)
            or gettext("closed"),
            "note": day.reason,
            "today": day.is_today,
        }
        for day in days
    ]


def week_of(now: datetime, zone: str, week: list[Span], specials: list[Special]) -> list[dict[str, object]]:
    """Today and the six days after it, for the table; empty when the store has told no hours."""
    return hours_rows(coming_week(now, zone, week, specials)) if week or specials else []


def ways_of(store: StoreView, union: Union, now: datetime) -> list[tuple[Delivery, str]]:
    """Each way of delivery with when it brings what is ordered now."""
    return [(way, arrival_text(way, now, union.time_zone, store.week, store.specials)) for way in store.delivery]


def arrival_text(option: Delivery, now: datetime, zone: str, week: list[Span], specials: list[Special]) -> str:
    """`Ready today`, `Ready Tue 24 Nov`, `From Tue 24 Nov`, `Arrives Tue 24 Nov to Thu 26 Nov`."""
    days = (option.lead_days_min, option.lead_days_max)
    first, last = ready_between(now, zone, days, week, specials, option.weekdays)
    return promise_text(option.kind, first, last, today=now.astimezone(ZoneInfo(zone)).date())


def promise_text(kind: str, first: date, last: date, *, today: date) -> str:
    """The same words for a promise wherever it is made: on pages of goods, at checkout, on the order."""
    if kind == "pickup":
        return gettext("Ready today") if first == today else gettext("Ready %(day)s") % {"day": day_text(first)}
    if kind == "digital":
        return gettext("From %(day)s") % {"day": day_text(first)}
    if first == last:
        return gettext("Arrives %(day)s") % {"day": day_text(first)}
    return gettext("Arrives %(first)s to %(last)s") % {"first": day_text(first), "last": day_text(last)}
