"""Free times follow opening hours, holidays, people, buffers, notice and the clock; and cost six queries."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from orders.queries.slots import free_slots, next_free
from stores.models import OpeningHours
from tests.factories.reservations import (
    NOW,
    BookableFactory,
    ReservationFactory,
    ResourceFactory,
    at,
    away,
    fresh,
    own_hours,
    repair_shop,
    serves,
)
from tests.factories.stores import SpecialDayFactory, StoreFactory

pytestmark = pytest.mark.django_db
TUESDAY = date(2026, 3, 3)


def starts(bookable, day=TUESDAY, *, now=NOW, **wish) -> list[str]:
    (found,) = free_slots(bookable=bookable, first=day, last=day, now=now, **wish)
    return [f"{slot.starts_at:%H:%M}" for slot in found.slots]


def test_slots_fill_the_opening_hours_in_steps():
    bookable = repair_shop(minutes=120, step_minutes=60)
    assert starts(bookable) == ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00"]


def test_a_lunch_break_is_not_worked_through():
    bookable = repair_shop(minutes=60, step_minutes=60)
    OpeningHours.objects.filter(store=bookable.store, weekday=1).update(closes=time(12))
    OpeningHours.objects.create(
        union=bookable.union, store=bookable.store, weekday=1, opens=time(13, 30), closes=time(15, 30)
    )
    assert starts(bookable) == ["09:00", "10:00", "11:00", "13:30", "14:30"]


def test_a_holiday_of_the_store_is_free_of_slots_and_other_hours_replace_the_usual():
    bookable = repair_shop(step_minutes=60)
    SpecialDayFactory(store=bookable.store, date=TUESDAY)
    SpecialDayFactory(store=bookable.store, date=date(2026, 3, 4), opens=time(14), closes=time(16))
    assert starts(bookable) == []
    assert starts(bookable, date(2026, 3, 4)) == ["14:00", "15:00"]


def test_a_resource_has_hours_and_days_of_its_own():
    bookable = repair_shop(step_minutes=60)
    resource = bookable.served_by.get().resource
    own_hours(resource, (1, time(18), time(20)), (2, time(18), time(20)))
    assert starts(bookable) == ["18:00", "19:00"]
    away(resource, TUESDAY)
    assert starts(bookable) == []
    away(resource, date(2026, 3, 4), time(7), time(9))
    assert starts(bookable, date(2026, 3, 4)) == ["07:00", "08:00"]


def test_a_holiday_of_the_store_holds_for_people_with_hours_of_their_own():
    bookable = repair_shop()
    own_hours(bookable.served_by.get().resource, (1, time(18), time(20)))
    SpecialDayFactory(store=bookable.store, date=TUESDAY)
    assert starts(bookable) == []


def test_what_is_taken_is_left_out_with_its_buffers():
    bookable = repair_shop(step_minutes=30, before_minutes=15, after_minutes=30)
    ReservationFactory(bookable=bookable, starts_at=at(12), held=(at(11, 45), at(13, 30)), state="confirmed")
    assert starts(bookable) == [
        "09:00", "09:30", "10:00", "14:00", "14:30", "15:00", "15:30", "16:00",
    ]  # fmt: skip


@pytest.mark.parametrize("state", ["declined", "expired", "done", "cancelled", "no_show"])
def test_what_is_over_takes_nothing(state):
    bookable = repair_shop(step_minutes=60)
    ReservationFactory(bookable=bookable, starts_at=at(12), state=state)
    assert "12:00" in starts(bookable)


def test_a_proposal_holds_its_time_until_it_lapses():
    bookable = repair_shop(step_minutes=60)
    ReservationFactory(bookable=bookable, starts_at=at(12), expires_at=NOW + timedelta(minutes=30))
    assert "12:00" not in starts(bookable)
    assert "12:00" in starts(bookable, now=NOW + timedelta(minutes=30))


def test_capacity_counts_places_and_a_second_resource_adds_its_own():
    bookable = repair_shop(capacity=2, resources=2, step_minutes=60)
    first = bookable.served_by.order_by("id").first().resource
    for place in (1, 2):
        ReservationFactory(bookable=bookable, resource=first, place=place, starts_at=at(12))
    (day,) = free_slots(bookable=bookable, first=TUESDAY, last=TUESDAY, now=NOW)
    left = {f"{slot.starts_at:%H:%M}": (slot.left, len(slot.resources)) for slot in day.slots}
    assert (left["11:00"], left["12:00"], left["13:00"]) == ((4, 2), (2, 1), (4, 2))
    assert "12:00" not in starts(bookable, resource=first)


def test_notice_and_days_ahead_bound_the_offer():
    bookable = repair_shop(step_minutes=60, notice_minutes=180, ahead_days=2)
    monday = date(2026, 3, 2)
    assert starts(bookable, monday) == ["12:00", "13:00", "14:00", "15:00", "16:00"]
    assert len(starts(bookable, date(2026, 3, 4))) == 8
    assert starts(bookable, date(2026, 3, 5)) == []
    assert starts(bookable, date(2026, 3, 1)) == []


def test_only_resources_that_do_the_service_and_are_there_count():
    bookable = repair_shop(step_minutes=60)
    serves(ResourceFactory(store=bookable.store), BookableFactory(store=bookable.store))
    bookable.served_by.update(resource=serves(ResourceFactory(store=bookable.store, is_active=False)))
    assert starts(bookable) == []


def test_the_day_on_which_clocks_go_forward_is_an_hour_shorter():
    bookable = repair_shop(minutes=60, step_minutes=60, ahead_days=60)
    OpeningHours.objects.filter(store=bookable.store, weekday=6).update(opens=time(0), closes=time(4))
    (day,) = free_slots(bookable=bookable, first=date(2026, 3, 29), last=date(2026, 3, 29), now=NOW)
    assert [slot.starts_at.isoformat() for slot in day.slots] == [
        "2026-03-29T00:00:00+00:00",
        "2026-03-29T02:00:00+01:00",
        "2026-03-29T03:00:00+01:00",
    ]


def test_the_day_on_which_clocks_go_back_is_an_hour_longer():
    bookable = repair_shop(minutes=60, step_minutes=60, ahead_days=60)
    OpeningHours.objects.filter(store=bookable.store, weekday=6).update(opens=time(0), closes=time(3))
    now = datetime(2026, 10, 20, 9, tzinfo=UTC)
    (day,) = free_slots(bookable=bookable, first=date(2026, 10, 25), last=date(2026, 10, 25), now=now)
    assert [slot.starts_at.isoformat() for slot in day.slots] == [
        "2026-10-25T00:00:00+01:00",
        "2026-10-25T01:00:00+01:00",
        "2026-10-25T01:00:00+00:00",
        "2026-10-25T02:00:00+00:00",
    ]


def test_days_are_those_of_the_unions_time_zone():
    bookable = repair_shop(step_minutes=60)
    bookable.union.time_zone = "Asia/Seoul"
    bookable.union.save()
    bookable = fresh(bookable)
    now = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)  # 01:30 on Tuesday in Seoul
    (day,) = free_slots(bookable=bookable, first=TUESDAY, last=TUESDAY, now=now)
    assert day.slots[0].starts_at.isoformat() == "2026-03-03T09:00:00+09:00"
    assert len(day.slots) == 8


def test_next_free_looks_beyond_the_day():
    bookable = repair_shop(step_minutes=60)
    for hour in (14, 15, 16):
        ReservationFactory(bookable=bookable, starts_at=at(hour), state="confirmed")
    found = next_free(bookable=bookable, after=at(13, 30), now=NOW, count=2)
    assert [slot.starts_at for slot in found] == [at(9, day=4), at(10, day=4)]


@pytest.mark.parametrize("resources", [1, 3])
def test_free_slots_cost_six_queries_however_many_resources_and_days(resources, django_assert_num_queries):
    bookable = repair_shop(resources=resources, capacity=2)
    for day in range(3, 3 + resources):
        ReservationFactory(bookable=bookable, starts_at=at(12, day=day))
    with django_assert_num_queries(6):
        days = free_slots(bookable=bookable, first=TUESDAY, last=TUESDAY + timedelta(days=resources * 9), now=NOW)
    assert len(days) == resources * 9 + 1


def test_no_more_than_six_weeks_are_asked_at_once():
    bookable = repair_shop(ahead_days=300)
    days = free_slots(bookable=bookable, first=TUESDAY, last=TUESDAY + timedelta(days=400), now=NOW)
    assert len(days) == 42


def test_another_stores_reservations_take_nothing():
    bookable = repair_shop(step_minutes=60)
    ReservationFactory(bookable=repair_shop(union=bookable.union), starts_at=at(12))
    assert StoreFactory._meta.model.objects.filter(union=bookable.union).count() == 2
    assert "12:00" in starts(bookable)
