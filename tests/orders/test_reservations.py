"""A time is proposed, answered, moved, called off and noted: by the right side, in time, and written down each time."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from core.errors import WrongState
from core.models import OutboxEvent
from core.references import normalise_reference
from orders.errors import (
    NotYourTurn,
    SlotNotOffered,
    SlotTaken,
)
from orders.models import Reservation, ReservationChange
from orders.queries.slots import free_slots
from orders.services.contact import Contact
from orders.services.reservations import (
    accept_reservation,
    cancel_reservation,
    counter_reservation,
    decline_reservation,
    expire_proposed_times,
    propose_reservation,
)
from tests.factories.accounts import UserFactory
from tests.factories.reservations import (
    ADA,
    BEN,
    NOW,
    ReservationFactory,
    at,
    repair_shop,
)

pytestmark = pytest.mark.django_db


def proposed(bookable, starts_at=None, *, side="customer", contact=ADA, **wish) -> Reservation:
    return propose_reservation(
        bookable=bookable, starts_at=starts_at or at(10), side=side, contact=contact, actor=None, now=NOW, **wish
    )


def steps_of(reservation) -> list[tuple[str, str, str]]:
    return list(ReservationChange.objects.filter(reservation=reservation).values_list("from_state", "to_state", "side"))


def told(reservation) -> list[str]:
    events = OutboxEvent.objects.filter(aggregate=f"reservation:{reservation.pk}").order_by("id")
    assert {event.kind for event in events} <= {"orders.reservation_changed"}
    return [event.payload["to_state"] for event in events]


def state_of(reservation) -> str:
    return Reservation.objects.values_list("state", flat=True).get(pk=reservation.pk)


def test_a_shopper_proposes_a_free_time_and_it_is_held():
    bookable = repair_shop(before_minutes=10, after_minutes=20, hold_minutes=60)
    variant = bookable.product.variants.get()
    made = proposed(bookable, variant=variant, note=" the chain slips ", conversation="c-1")
    assert (made.state, made.proposed_by, made.starts_at, made.ends_at) == ("proposed", "customer", at(10), at(11))
    made.refresh_from_db()
    assert (made.held.lower, made.held.upper) == (at(9, 50), at(11, 20))
    assert made.expires_at == NOW + timedelta(hours=1)
    assert (made.title, made.options, made.price, made.currency) == ("Bicycle repair", "city", 3000, "GBP")
    assert (made.name, made.email, made.note, made.conversation) == (
        "Ada Trevithick",
        "ada@example.com",
        "the chain slips",
        "c-1",
    )
    assert normalise_reference(made.number) == made.number
    assert steps_of(made) == [("", "proposed", "customer")]
    assert told(made) == ["proposed"]


def test_the_store_accepts_and_the_time_is_confirmed():
    made, manager = proposed(repair_shop()), UserFactory()
    accepted = accept_reservation(reservation=made, side="store", actor=manager, now=NOW)
    assert (accepted.state, accepted.confirmed_at, accepted.expires_at) == ("confirmed", NOW, None)
    assert steps_of(made) == [("", "proposed", "customer"), ("proposed", "confirmed", "store")]
    assert ReservationChange.objects.get(to_state="confirmed").actor == manager
    assert told(made) == ["proposed", "confirmed"]


def test_nobody_accepts_or_declines_what_they_proposed_themselves():
    made = proposed(repair_shop())
    for answer in (accept_reservation, decline_reservation):
        with pytest.raises(NotYourTurn):
            answer(reservation=made, side="customer", actor=None, now=NOW)
    assert (state_of(made), told(made)) == ("proposed", ["proposed"])


def test_both_sides_counter_until_one_accepts():
    bookable = repair_shop()
    made = proposed(bookable)
    countered = counter_reservation(
        reservation=made, starts_at=at(18, 10), side="store", actor=None, now=NOW, note="after hours?"
    )
    assert (countered.state, countered.proposed_by, countered.starts_at) == ("countered", "store", at(18, 10))
    (day,) = free_slots(bookable=bookable, first=at(10).date(), last=at(10).date(), now=NOW)
    assert at(10) in [slot.starts_at for slot in day.slots]
    again = counter_reservation(reservation=made, starts_at=at(15), side="customer", actor=None, now=NOW)
    assert (again.state, again.proposed_by, again.starts_at) == ("countered", "customer", at(15))
    with pytest.raises(NotYourTurn):
        accept_reservation(reservation=made, side="customer", actor=None, now=NOW)
    assert accept_reservation(reservation=made, side="store", actor=None, now=NOW).state == "confirmed"
    assert steps_of(made) == [
        ("", "proposed", "customer"),
        ("proposed", "countered", "store"),
        ("countered", "countered", "customer"),
        ("countered", "confirmed", "store"),
    ]
    assert told(made) == ["proposed", "countered", "countered", "confirmed"]


def test_a_shopper_counters_only_with_times_that_are_offered():
    made = proposed(repair_shop())
    with pytest.raises(SlotNotOffered) as refusal:
        counter_reservation(reservation=made, starts_at=at(18), side="customer", actor=None, now=NOW)
    assert refusal.value.facts == {"next": ["2026-03-04T09:00:00Z", "2026-03-04T09:30:00Z", "2026-03-04T10:00:00Z"]}
    assert (state_of(made), len(steps_of(made))) == ("proposed", 1)


def test_a_taken_time_is_refused_with_the_next_free_ones():
    bookable = repair_shop(step_minutes=60)
    proposed(bookable)
    with pytest.raises(SlotTaken) as refusal:
        proposed(bookable, contact=BEN)
    assert refusal.value.facts == {"next": ["2026-03-03T11:00:00Z", "2026-03-03T12:00:00Z", "2026-03-03T13:00:00Z"]}
    assert Reservation.objects.count() == 1


def test_the_store_cannot_book_twice_either():
    bookable = repair_shop()
    proposed(bookable)
    with pytest.raises(SlotTaken):
        proposed(bookable, at(10, 30), side="store", contact=BEN)
    other = proposed(bookable, at(14), contact=BEN)
    with pytest.raises(SlotTaken):
        counter_reservation(reservation=other, starts_at=at(10, 30), side="store", actor=None, now=NOW)
    assert (state_of(other), Reservation.objects.count()) == ("proposed", 2)


def test_the_database_refuses_a_second_booking_of_one_place():
    first = ReservationFactory()
    with pytest.raises(IntegrityError, match="reservation_no_double_booking"), transaction.atomic():
        ReservationFactory(bookable=first.bookable, starts_at=at(10, 59))
    ReservationFactory(bookable=first.bookable, starts_at=at(11))
    ReservationFactory(bookable=first.bookable, place=2)
    ReservationFactory(bookable=first.bookable, state="cancelled")
    assert Reservation.objects.count() == 4


def test_as_many_as_the_capacity_fit_into_one_time():
    bookable = repair_shop(capacity=2, resources=2)
    places = set()
    for number in range(4):
        made = proposed(bookable, contact=Contact(name="P", email=f"p{number}@example.com"))
        places.add((made.resource_id, made.place))
    assert len(places) == 4
    with pytest.raises(SlotTaken):
        proposed(bookable, contact=BEN)


def test_a_service_confirmed_at_once_needs_no_answer():
    bookable = repair_shop(confirms_at_once=True)
    made = proposed(bookable)
    assert (made.state, made.confirmed_at, made.expires_at) == ("confirmed", NOW, None)
    assert told(made) == ["confirmed"]


def test_who_stayed_away_too_often_waits_for_the_stores_answer():
    bookable = repair_shop(confirms_at_once=True, no_show_limit=2)
    for day in (1, 2):
        ReservationFactory(bookable=bookable, state="no_show", starts_at=NOW - timedelta(days=day))
    assert proposed(bookable).state == "proposed"
    assert proposed(bookable, at(12), contact=BEN).state == "confirmed"
    ReservationFactory(bookable=bookable, state="no_show", starts_at=NOW - timedelta(days=200), email=BEN.email)
    ReservationFactory(bookable=bookable, state="no_show", starts_at=NOW - timedelta(days=3), email=BEN.email)
    assert proposed(bookable, at(14), contact=BEN).state == "confirmed"


def test_the_store_proposes_to_a_shopper_or_books_what_was_agreed():
    bookable = repair_shop()
    made = proposed(bookable, at(18), side="store", price=2500)
    assert (made.state, made.proposed_by, made.price) == ("proposed", "store", 2500)
    assert accept_reservation(reservation=made, side="customer", actor=None, now=NOW).state == "confirmed"
    agreed = proposed(bookable, at(8), side="store", contact=Contact(name="By phone"), agreed=True)
    assert (agreed.state, agreed.email) == ("confirmed", "")


def test_a_shopper_neither_sets_the_price_nor_agrees_alone():
    made = proposed(repair_shop(), price=1, agreed=True)
    assert (made.state, made.price) == ("proposed", 3000)


def test_a_price_is_frozen_when_it_is_proposed():
    bookable = repair_shop()
    variant = bookable.product.variants.get()
    made = proposed(bookable, variant=variant)
    variant.price = 9900
    variant.save()
    accept_reservation(reservation=made, side="store", actor=None, now=NOW)
    made.refresh_from_db()
    assert made.price == 3000


def test_the_same_key_gives_the_same_reservation():
    bookable = repair_shop()
    first, second = proposed(bookable, key="chat:1:a"), proposed(bookable, key="chat:1:a")
    assert (first.pk, Reservation.objects.count(), told(first)) == (second.pk, 1, ["proposed"])


def test_every_answer_given_twice_is_given_once():
    bookable = repair_shop()
    made = proposed(bookable)
    for _ in range(2):
        counter_reservation(reservation=made, starts_at=at(12), side="store", actor=None, now=NOW)
    for _ in range(2):
        accept_reservation(reservation=made, side="customer", actor=None, now=NOW)
    for _ in range(2):
        cancel_reservation(reservation=made, side="store", actor=None, now=NOW)
    other = proposed(bookable, contact=BEN)
    for _ in range(2):
        decline_reservation(reservation=other, side="store", actor=None, now=NOW, note="fully booked")
    assert told(made) == ["proposed", "countered", "confirmed", "cancelled"]
    assert told(other) == ["proposed", "declined"]


def test_a_lapsed_proposal_cannot_be_accepted_and_frees_its_time():
    bookable = repair_shop(hold_minutes=30)
    made = proposed(bookable)
    later = NOW + timedelta(minutes=30)
    with pytest.raises(WrongState) as refusal:
        accept_reservation(reservation=made, side="store", actor=None, now=later)
    assert (refusal.value.facts, state_of(made)) == ({"state": "expired"}, "proposed")
    other = propose_reservation(
        bookable=bookable, starts_at=at(10), side="customer", contact=BEN, actor=None, now=later
    )
    assert (state_of(made), state_of(other)) == ("expired", "proposed")
    assert told(made) == ["proposed", "expired"]


def test_expire_proposed_times_takes_what_is_due_and_only_that():
    bookable = repair_shop()
    due = ReservationFactory(bookable=bookable, expires_at=NOW)
    waits = ReservationFactory(bookable=bookable, starts_at=at(12), expires_at=NOW + timedelta(seconds=1))
    confirmed = ReservationFactory(bookable=bookable, starts_at=at(14), state="confirmed")
    assert expire_proposed_times(now=NOW) == [due.pk]
    assert expire_proposed_times(now=NOW) == []
    assert [state_of(row) for row in (due, waits, confirmed)] == ["expired", "proposed", "confirmed"]
    assert steps_of(due)[-1] == ("proposed", "expired", "")
    assert told(due) == ["expired"]


def test_a_proposal_never_waits_beyond_its_own_time():
    bookable = repair_shop(hold_minutes=7 * 1440)
    assert proposed(bookable).expires_at == at(10)
    assert proposed(bookable, at(12), hold=timedelta(minutes=5)).expires_at == NOW + timedelta(minutes=5)
