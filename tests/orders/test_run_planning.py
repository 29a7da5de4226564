"""By when: minutes and days of the union's clocks, working days of the store, chains of steps."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as some

from orders.services.runs.planning import Due, Hours, moved, plan
from stores.queries.opening import Span, Special

LONDON = "Europe/London"
PLAIN = Hours(LONDON)
SATURDAYS = Hours(LONDON, [Span(5, time(9), time(12))])


def at(*parts: int) -> datetime:
    """A moment of London's clocks."""
    return datetime(*parts, tzinfo=ZoneInfo(LONDON))


def due(key: str, count=1, unit="hours", counted="previous", after="", closed_at=None) -> Due:
    return Due(key, count, unit, counted, after, closed_at)


def test_hours_pass_as_they_do_and_days_keep_the_time_of_day():
    eve = at(2026, 3, 28, 18, 0)  # clocks go forward in the night
    assert moved(moment=eve, count=24, unit="hours", hours=PLAIN) == at(2026, 3, 29, 19, 0)
    assert moved(moment=eve, count=1, unit="days", hours=PLAIN) == at(2026, 3, 29, 18, 0)
    assert moved(moment=eve, count=1, unit="days", hours=PLAIN).tzinfo is UTC


def test_working_days_are_those_on_which_the_store_opens():
    friday = at(2026, 11, 20, 16, 0)
    assert moved(moment=friday, count=2, unit="working_days", hours=PLAIN) == at(2026, 11, 24, 16, 0)
    assert moved(moment=friday, count=2, unit="working_days", hours=SATURDAYS) == at(2026, 11, 28, 16, 0)
    closed = Hours(LONDON, SATURDAYS.week, [Special(date(2026, 11, 21), None, None, "wedding")])
    assert moved(moment=friday, count=1, unit="working_days", hours=closed) == at(2026, 11, 28, 16, 0)
    assert moved(moment=friday, count=-1, unit="working_days", hours=PLAIN) == at(2026, 11, 19, 16, 0)


def test_a_store_that_never_opens_still_gets_a_day():
    shut = Hours(LONDON, [Span(0, time(9), time(10))], [Special(date(2026, 1, 1) + timedelta(days=n), None, None, "")
                                                        for n in range(400)])  # fmt: skip
    assert moved(moment=at(2026, 1, 5, 9), count=1, unit="working_days", hours=shut) > at(2026, 1, 5, 9)


def test_steps_are_counted_from_each_other():
    paid = at(2026, 11, 18, 10)
    steps = [
        due("a", 2, counted="paid"),
        due("b", None),
        due("c", 30, "minutes"),
        due("d", 1, "days", "deadline"),
        due("e", 5, "hours", "step", "a"),
    ]
    deadline = at(2026, 11, 25, 23, 59)
    planned = plan(steps=steps, paid_at=paid, deadline=deadline, hours=PLAIN)
    assert planned == [
        at(2026, 11, 18, 12),
        None,
        at(2026, 11, 18, 12, 30),
        at(2026, 11, 24, 23, 59),
        # Five hours after the first, but not before the step before it.
        at(2026, 11, 24, 23, 59),
    ]
    done = [due("a", 2, counted="paid", closed_at=at(2026, 11, 18, 15)), *steps[1:]]
    assert plan(steps=done, paid_at=paid, deadline=None, hours=PLAIN) == [
        at(2026, 11, 18, 12),
        None,
        at(2026, 11, 18, 15, 30),
        None,
        at(2026, 11, 18, 20),
    ]


def test_what_hangs_on_the_deadline_pulls_the_steps_before_it_forward():
    friday = at(2026, 11, 20, 16)
    steps = [
        due("confirm", 4, counted="paid"),
        due("look over", 1, "working_days"),
        due("pack", 4),
        due("send", 1, "days", "deadline"),
        due("ask", 2, "working_days"),
    ]
    sent = at(2026, 11, 21, 18)
    planned = plan(steps=steps, paid_at=friday, deadline=at(2026, 11, 22, 18), hours=PLAIN)
    assert planned == [at(2026, 11, 20, 20), sent, sent, sent, at(2026, 11, 24, 18)]
    # Enough time: everything has its own.
    planned = plan(steps=steps, paid_at=friday, deadline=at(2026, 11, 28, 18), hours=PLAIN)
    assert planned[1:4] == [at(2026, 11, 23, 20), at(2026, 11, 24), at(2026, 11, 27, 18)]
    # Too late from the start: nothing is due before the payment.
    assert plan(steps=steps, paid_at=friday, deadline=friday, hours=PLAIN)[:4] == [friday] * 4
    # What is over pulls nothing forward any more.
    gone = [*steps[:3], due("send", 1, "days", "deadline", closed_at=at(2026, 11, 20, 17)), steps[4]]
    planned = plan(steps=gone, paid_at=friday, deadline=at(2026, 11, 22, 18), hours=PLAIN)
    assert planned[1] == at(2026, 11, 23, 20)


UNITS = some.sampled_from(["minutes", "hours", "days", "working_days"])
FROM = some.sampled_from(["paid", "previous", "step", "deadline"])
AFTER = some.integers(0, 7).map(str)
MINUTES = some.integers(0, 2 * 366 * 24 * 60)


@given(
    some.lists(some.tuples(some.none() | some.integers(0, 200), UNITS, FROM, AFTER), max_size=8),
    MINUTES,
    some.none() | MINUTES,
)
def test_a_chain_never_goes_back_in_time(wanted, minutes, until):
    paid = at(2026, 1, 1).astimezone(UTC) + timedelta(minutes=minutes)
    # Also before the payment: an order may be past its deadline when it is paid.
    deadline = None if until is None else at(2026, 1, 1).astimezone(UTC) + timedelta(minutes=until)
    steps = [due(str(place), *rule) for place, rule in enumerate(wanted)]
    planned = plan(steps=steps, paid_at=paid, deadline=deadline, hours=PLAIN)
    assert [moment is None for moment in planned] == [
        count is None or (counted == "deadline" and deadline is None) for count, _unit, counted, _after in wanted
    ]
    times = [moment for moment in planned if moment is not None]
    assert all(later >= earlier for earlier, later in zip([paid, *times], times, strict=False))
    for (count, unit, counted, _after), moment in zip(wanted, planned, strict=True):
        if count is not None and counted == "deadline" and deadline is not None:
            assert moment <= max(paid, moved(moment=deadline, count=-count, unit=unit, hours=PLAIN))
