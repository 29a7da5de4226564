"""Open, closed, lunch breaks, holidays, in the union's own time."""

from datetime import UTC, date, datetime, time

import pytest
from django.utils import translation

from stores.queries.opening import Span, Special, coming_week, opening_at, ready_between
from stores.views.shop.words import time_text

ZONE = "Asia/Taipei"  # eight hours ahead of UTC
MORNING, EVENING = (time(9), time(12)), (time(13, 30), time(18))
WEEK = [Span(weekday, *span) for weekday in range(5) for span in (EVENING, MORNING)]
HOLIDAY = Special(date(2026, 3, 3), None, None, "Lantern Festival")
SHORT = Special(date(2026, 3, 4), time(10), time(11), "Stocktaking")


def taipei(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, (hour - 8) % 24, minute, tzinfo=UTC)


def state(now: datetime, specials=()):
    opening = opening_at(now, ZONE, WEEK, specials)
    return (
        opening.is_open,
        opening.until and opening.until.strftime("%d %H:%M"),
        opening.next_at and opening.next_at.strftime("%d %H:%M"),
    )


def test_opening_in_the_middle_of_a_span():
    assert state(taipei(2, 10)) == (True, "02 12:00", None)


def test_opening_exactly_at_the_edges():
    assert state(taipei(2, 9)) == (True, "02 12:00", None)
    assert state(taipei(2, 12)) == (False, None, "02 13:30")


def test_opening_in_the_lunch_break():
    assert state(taipei(2, 13)) == (False, None, "02 13:30")


def test_opening_after_closing_time():
    assert state(taipei(2, 18)) == (False, None, "03 09:00")


def test_opening_over_the_weekend():
    assert state(taipei(7, 10)) == (False, None, "09 09:00")


@pytest.mark.parametrize(("language", "written"), [("en", "15:00"), ("zh-hant", "下午3:00"), ("ko", "오후 3:00")])
def test_times_are_written_as_the_language_does(language, written):
    with translation.override(language):
        assert time_text(time(15)) == written


def test_opening_on_a_holiday():
    assert state(taipei(3, 10), [HOLIDAY, SHORT]) == (False, None, "04 10:00")
    assert opening_at(taipei(3, 10), ZONE, WEEK, [HOLIDAY]).reason == "Lantern Festival"


def test_opening_on_a_day_of_other_hours():
    assert state(taipei(4, 10, 30), [SHORT]) == (True, "04 11:00", None)
    assert state(taipei(4, 14), [SHORT]) == (False, None, "05 09:00")


def test_opening_without_hours_is_not_known():
    assert opening_at(taipei(2, 10), ZONE, [], []).known is False
    assert opening_at(taipei(2, 10), ZONE, [], [HOLIDAY]).known is False


def test_opening_of_a_shop_that_stays_closed():
    closed = [Special(date(2026, 3, day), None, None, "Move") for day in range(1, 32)]
    opening = opening_at(taipei(2, 10), ZONE, WEEK, closed)
    assert (opening.known, opening.is_open, opening.next_at) == (True, False, None)


def test_opening_when_the_clock_changes():
    """In London the clock went forward on 29 March 2026; nine o'clock is eight in UTC from then on."""
    week = [Span(weekday, time(9), time(17)) for weekday in range(7)]
    before = opening_at(datetime(2026, 3, 28, 8, 30, tzinfo=UTC), "Europe/London", week, [])
    after = opening_at(datetime(2026, 3, 29, 8, 30, tzinfo=UTC), "Europe/London", week, [])
    assert (before.is_open, after.is_open) == (False, True)


def test_coming_week_starts_today_and_knows_the_holiday():
    days = coming_week(taipei(2, 23), ZONE, WEEK, [HOLIDAY])
    assert [day.date.day for day in days] == [2, 3, 4, 5, 6, 7, 8]
    assert days[0].is_today and days[0].spans == (MORNING, EVENING)
    assert (days[1].spans, days[1].reason) == ((), "Lantern Festival")
    assert days[5].spans == ()


def test_ready_between_counts_from_the_next_opening():
    assert ready_between(taipei(2, 10), ZONE, (0, 1), WEEK, []) == (date(2026, 3, 2), date(2026, 3, 3))
    assert ready_between(taipei(2, 20), ZONE, (0, 0), WEEK, []) == (date(2026, 3, 3), date(2026, 3, 3))
    assert ready_between(taipei(2, 20), ZONE, (0, 0), WEEK, [HOLIDAY]) == (date(2026, 3, 4), date(2026, 3, 4))
    assert ready_between(taipei(6, 10), ZONE, (1, 3), WEEK, []) == (date(2026, 3, 9), date(2026, 3, 9))


def test_ready_between_promises_only_the_days_of_a_round():
    # Monday morning: the round goes on Tuesdays (1) and Fridays (4).
    assert ready_between(taipei(2, 10), ZONE, (1, 2), WEEK, [], "14") == (date(2026, 3, 3), date(2026, 3, 6))
    assert ready_between(taipei(2, 10), ZONE, (0, 0), WEEK, [], "14") == (date(2026, 3, 3), date(2026, 3, 3))
    # On a holiday nobody drives; a Sunday round goes although the counter is closed.
    assert ready_between(taipei(2, 10), ZONE, (1, 2), WEEK, [HOLIDAY], "14") == (date(2026, 3, 6), date(2026, 3, 6))
    assert ready_between(taipei(2, 10), ZONE, (0, 1), WEEK, [], "6") == (date(2026, 3, 8), date(2026, 3, 8))
