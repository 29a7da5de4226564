"""Real threads on real connections: one time is given once, one answer is given once."""

from collections import Counter

import pytest

from orders.models import Reservation, ReservationChange
from orders.services.contact import Contact
from orders.services.reservations import (
    accept_reservation,
    cancel_reservation,
    counter_reservation,
    expire_proposed_times,
    propose_reservation,
)
from tests.factories.reservations import ADA, NOW, ReservationFactory, at, fresh, repair_shop
from tests.orders.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def wanting(bookable, number, starts_at=None, **wish):
    def propose() -> None:
        contact = Contact(name=f"P{number}", email=f"p{number}@example.com")
        propose_reservation(
            bookable=fresh(bookable),
            starts_at=starts_at or at(10),
            side="customer",
            contact=contact,
            actor=None,
            now=NOW,
            **wish,
        )

    return propose


def test_of_twenty_shoppers_one_gets_the_slot():
    bookable = repair_shop()
    assert Counter(at_once(*[wanting(bookable, n) for n in range(20)])) == {"done": 1, "slot_taken": 19}
    assert Reservation.objects.count() == ReservationChange.objects.count() == 1


def test_capacity_is_filled_exactly():
    bookable = repair_shop(capacity=3, resources=2)
    assert Counter(at_once(*[wanting(bookable, n) for n in range(15)])) == {"done": 6, "slot_taken": 9}
    places = Reservation.objects.values_list("resource", "place")
    assert len(set(places)) == 6


def test_times_that_overlap_are_given_to_one():
    bookable = repair_shop(minutes=60, step_minutes=15)
    starts = [at(10), at(10, 15), at(10, 30), at(10, 45)] * 4
    answers = at_once(*[wanting(bookable, n, start) for n, start in enumerate(starts)])
    assert Counter(answers) == {"done": 1, "slot_taken": 15}


def test_a_request_sent_many_times_at_once_makes_one_reservation():
    bookable = repair_shop()
    assert at_once(*[wanting(bookable, 1, key="chat:7:x")] * 8) == ["done"] * 8
    assert Reservation.objects.count() == 1


def test_two_proposals_are_not_moved_to_one_time():
    bookable = repair_shop(step_minutes=60)
    made = [ReservationFactory(bookable=bookable, starts_at=at(hour)) for hour in (9, 10, 11, 12)]

    def counter(reservation):
        return lambda: counter_reservation(reservation=reservation, starts_at=at(15), side="store", actor=None, now=NOW)

    assert Counter(at_once(*map(counter, made))) == {"done": 1, "slot_taken": 3}
    assert Reservation.objects.filter(starts_at=at(15)).count() == 1


def test_two_who_swap_their_times_do_not_wait_for_each_other_for_ever():
    bookable = repair_shop(step_minutes=60, resources=2)
    one, two = ReservationFactory(bookable=bookable), ReservationFactory(bookable=bookable, starts_at=at(12))

    def move(reservation, hour):
        return lambda: counter_reservation(
            reservation=reservation, starts_at=at(hour), side="customer", actor=None, now=NOW
        )

    assert at_once(move(one, 12), move(two, 10)) == ["done", "done"]


def test_a_proposal_is_accepted_or_cancelled_and_not_both():
    made = ReservationFactory()
    answers = at_once(
        lambda: accept_reservation(reservation=made, side="store", actor=None, now=NOW),
        lambda: cancel_reservation(reservation=made, side="customer", actor=None, now=NOW),
    )
    made.refresh_from_db()
    states = list(ReservationChange.objects.order_by("id").values_list("to_state", flat=True))
    if made.state == "confirmed":
        raise AssertionError(f"the shopper may cancel a confirmed one in time: {answers}")
    # Either it was cancelled first, and accepting was refused; or accepted and then cancelled in time.
    assert made.state == "cancelled"
    assert (answers, states) in (
        (["wrong_state", "done"], ["proposed", "cancelled"]),
        (["done", "done"], ["proposed", "confirmed", "cancelled"]),
    )


def test_a_proposal_accepted_by_many_is_accepted_once():
    made = ReservationFactory()
    accept = [lambda: accept_reservation(reservation=made, side="store", actor=None, now=NOW)] * 6
    assert at_once(*accept) == ["done"] * 6
    assert ReservationChange.objects.filter(to_state="confirmed").count() == 1


def test_what_lapsed_is_taken_over_while_it_is_swept():
    bookable = repair_shop()
    ReservationFactory(bookable=bookable, expires_at=NOW, email=ADA.email)
    answers = at_once(wanting(bookable, 1), wanting(bookable, 2), lambda: expire_proposed_times(now=NOW))
    assert answers[2] == "done"
    assert Counter(answers[:2]) <= Counter({"done": 1, "slot_taken": 2})
    assert Reservation.objects.filter(state="proposed").count() == answers[:2].count("done")
    assert ReservationChange.objects.filter(to_state="expired").count() == 1
