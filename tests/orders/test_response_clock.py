"""The clock of a response runs on days on which the store opens."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from orders.queries.response_clock import due_after, time_left

LONDON = "Europe/London"
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def every_day(day: date) -> bool:
    return True


def weekdays(day: date) -> bool:
    return day.weekday() < 5


def test_due_after_counts_every_hour_of_open_days():
    assert due_after(MONDAY, timedelta(hours=24), zone=LONDON, is_open=every_day) == MONDAY + timedelta(hours=24)


def test_due_after_leaves_out_the_days_on_which_the_store_is_closed():
    friday_noon = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
    due = due_after(friday_noon, timedelta(hours=24), zone=LONDON, is_open=weekdays)
    assert due == datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
    assert time_left(datetime(2026, 3, 8, 15, 0, tzinfo=UTC), due, zone=LONDON, is_open=weekdays) == timedelta(hours=12)


def test_due_after_begins_at_the_next_open_day():
    sunday = datetime(2026, 3, 8, 15, 0, tzinfo=UTC)
    assert due_after(sunday, timedelta(hours=5), zone=LONDON, is_open=weekdays) == datetime(
        2026, 3, 9, 5, 0, tzinfo=UTC
    )


def test_due_after_counts_the_hours_that_a_short_day_has():
    saturday_evening = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
    due = due_after(saturday_evening, timedelta(hours=24), zone=LONDON, is_open=every_day)
    assert due == saturday_evening + timedelta(hours=24)


def test_due_after_of_a_store_that_never_opens_counts_every_day():
    assert due_after(MONDAY, timedelta(hours=3), zone=LONDON, is_open=lambda day: False) == MONDAY + timedelta(hours=3)


def test_time_left_is_nothing_once_it_is_late():
    assert time_left(MONDAY, MONDAY - timedelta(hours=1), zone=LONDON, is_open=every_day) == timedelta()


@given(
    start=st.integers(min_value=0, max_value=330 * 24 * 60).map(lambda past: MONDAY + timedelta(minutes=past)),
    minutes=st.integers(min_value=0, max_value=240 * 60),
    opens=st.sets(st.integers(min_value=0, max_value=6), min_size=1),
    zone=st.sampled_from([LONDON, "Asia/Taipei", "Asia/Seoul"]),
)
def test_time_left_gives_back_what_due_after_was_given(start, minutes, opens, zone):
    def is_open(day: date) -> bool:
        return day.weekday() in opens

    allowed = timedelta(minutes=minutes)
    due = due_after(start, allowed, zone=zone, is_open=is_open)
    assert due >= start + allowed
    assert time_left(start, due, zone=zone, is_open=is_open) == allowed
