"""A reservation is moved, called off and noted by the rules; and who may ask for which time at all."""

from datetime import timedelta

import pytest

from core.errors import Invalid, WrongState
from core.models import OutboxEvent
from orders.errors import (
    NotBookable,
    NotYet,
    SlotNotOffered,
    TooLateToChange,
    TooManyOpen,
)
from orders.models import Reservation, ReservationChange
from orders.services.contact import Contact
from orders.services.reservations import (
    accept_reservation,
    cancel_reservation,
    counter_reservation,
    decline_reservation,
    finish_reservation,
    open_moves,
    propose_reservation,
    reschedule_reservation,
)
from tests.factories.accounts import UserFactory
from tests.factories.reservations import (
    ADA,
    BEN,
    NOW,
    BookableFactory,
    ReservationFactory,
    ResourceFactory,
    at,
    fresh,
    repair_shop,
    serves,
)
from tests.factories.stores import StoreFactory, VariantFactory

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


def test_a_shopper_cancels_in_time_and_the_store_always():
    bookable = repair_shop(cancel_until_minutes=120)
    mine = ReservationFactory(bookable=bookable, state="confirmed")
    with pytest.raises(TooLateToChange) as refusal:
        cancel_reservation(reservation=mine, side="customer", actor=None, now=at(8, 1))
    assert (refusal.value.facts, state_of(mine)) == ({"until": "2026-03-03T08:00:00Z"}, "confirmed")
    with pytest.raises(TooLateToChange):
        reschedule_reservation(reservation=mine, starts_at=at(14), side="customer", actor=None, now=at(8, 1))
    cancelled = cancel_reservation(reservation=mine, side="customer", actor=None, now=at(8), note="ill")
    assert (cancelled.state, cancelled.sequence) == ("cancelled", 1)
    other = ReservationFactory(bookable=bookable, state="confirmed")
    assert cancel_reservation(reservation=other, side="store", actor=None, now=at(9, 59)).state == "cancelled"


def test_an_own_proposal_can_be_withdrawn_at_any_time():
    made = ReservationFactory(bookable=repair_shop(cancel_until_minutes=3 * 1440))
    assert cancel_reservation(reservation=made, side="customer", actor=None, now=NOW).state == "cancelled"


@pytest.mark.parametrize("state", ["declined", "expired", "done", "cancelled", "no_show"])
@pytest.mark.parametrize(
    "act",
    [
        lambda r: accept_reservation(reservation=r, side="store", actor=None, now=NOW),
        lambda r: decline_reservation(reservation=r, side="store", actor=None, now=NOW),
        lambda r: counter_reservation(reservation=r, starts_at=at(12), side="store", actor=None, now=NOW),
        lambda r: cancel_reservation(reservation=r, side="store", actor=None, now=NOW),
        lambda r: finish_reservation(reservation=r, actor=None, now=at(12), came=True),
        lambda r: finish_reservation(reservation=r, actor=None, now=at(12), came=False),
    ],
    ids=["accept", "decline", "counter", "cancel", "done", "no_show"],
)
def test_what_is_over_stays_as_it_is(state, act):
    made = ReservationFactory(state=state)
    try:
        assert act(made).state == state
    except WrongState as refusal:
        assert refusal.facts == {"state": state}
    assert (state_of(made), len(steps_of(made)), told(made)) == (state, 1, [])


def test_done_and_no_show_are_noted_when_the_time_has_come():
    bookable = repair_shop(no_show_minutes=15)
    mine = ReservationFactory(bookable=bookable, state="confirmed")
    with pytest.raises(NotYet) as refusal:
        finish_reservation(reservation=mine, actor=None, now=at(9, 59), came=True)
    assert refusal.value.facts == {"from": "2026-03-03T10:00:00Z"}
    with pytest.raises(NotYet):
        finish_reservation(reservation=mine, actor=None, now=at(10, 14), came=False)
    assert state_of(mine) == "confirmed"
    assert finish_reservation(reservation=mine, actor=None, now=at(10, 15), came=False).state == "no_show"
    other = ReservationFactory(bookable=bookable, state="confirmed", starts_at=at(12))
    assert finish_reservation(reservation=other, actor=None, now=at(12), came=True).state == "done"


def test_a_shopper_moves_a_confirmed_time_at_once_where_the_rules_say_so():
    mine = ReservationFactory(bookable=repair_shop(confirms_at_once=True), state="confirmed")
    moved = reschedule_reservation(reservation=mine, starts_at=at(10, 30), side="customer", actor=None, now=NOW)
    assert (moved.state, moved.starts_at, moved.ends_at, moved.sequence) == ("confirmed", at(10, 30), at(11, 30), 1)
    assert steps_of(mine)[-1] == ("confirmed", "confirmed", "customer")
    assert told(mine) == ["confirmed"]


def test_a_moved_time_waits_for_the_other_side_where_somebody_has_to_agree():
    mine = ReservationFactory(bookable=repair_shop(), state="confirmed")
    moved = reschedule_reservation(reservation=mine, starts_at=at(14), side="customer", actor=None, now=NOW)
    assert (moved.state, moved.proposed_by, moved.starts_at) == ("countered", "customer", at(14))
    by_store = reschedule_reservation(reservation=mine, starts_at=at(15), side="store", actor=None, now=NOW)
    assert (by_store.state, by_store.proposed_by) == ("countered", "store")
    agreed = reschedule_reservation(reservation=mine, starts_at=at(16), side="store", actor=None, now=NOW, agreed=True)
    assert (agreed.state, agreed.starts_at, agreed.expires_at) == ("confirmed", at(16), None)


def test_reminders_begin_anew_at_another_time():
    mine = ReservationFactory(bookable=repair_shop(), state="confirmed", day_told_at=NOW, hour_told_at=NOW)
    moved = reschedule_reservation(
        reservation=mine, starts_at=at(14, day=5), side="store", actor=None, now=NOW, agreed=True
    )
    assert (moved.day_told_at, moved.hour_told_at) == (None, None)


def test_a_guest_outside_a_conversation_says_who_comes():
    bookable = repair_shop()
    for contact, field in [(Contact(email="x@example.com"), "name"), (Contact(name="X"), "email")]:
        with pytest.raises(Invalid) as refusal:
            proposed(bookable, contact=contact)
        assert refusal.value.field == field
    assert Reservation.objects.count() == 0
    assert proposed(bookable, contact=Contact(), conversation="c-1").email == ""


def test_a_signed_in_person_is_known():
    user = UserFactory(email="zoe@example.com", name="Zoe")
    made = proposed(repair_shop(), contact=Contact(user=user))
    assert (made.user, made.name, made.email, made.language) == (user, "Zoe", "zoe@example.com", "en")


def test_what_is_only_for_conversations_is_not_booked_on_a_page():
    bookable = repair_shop(without_conversation=False)
    with pytest.raises(NotBookable):
        proposed(bookable)
    assert proposed(bookable, conversation="c-1").state == "proposed"


def test_what_is_not_offered_any_more_cannot_be_booked():
    bookable = repair_shop(is_active=False)
    with pytest.raises(NotBookable):
        proposed(bookable)
    assert Reservation.objects.count() == 0


def test_a_variant_of_something_else_is_refused():
    with pytest.raises(NotBookable):
        proposed(repair_shop(), variant=VariantFactory())


def test_a_visit_needs_no_product():
    shop = repair_shop()
    visit = fresh(BookableFactory(store=shop.store, product=None, title="See the workshop", minutes=30))
    serves(ResourceFactory(store=shop.store, kind="room"), visit)
    made = proposed(visit)
    assert (made.title, made.price, made.product) == ("See the workshop", 0, None)


def test_a_resource_of_another_store_is_refused():
    bookable = repair_shop()
    stranger = ResourceFactory(store=StoreFactory(union=bookable.union))
    with pytest.raises(NotBookable):
        proposed(bookable, side="store", resource=stranger)
    made = proposed(bookable)
    with pytest.raises(NotBookable):
        counter_reservation(reservation=made, starts_at=at(12), side="store", actor=None, now=NOW, resource=stranger)
    assert state_of(made) == "proposed"


def test_nobody_waits_for_more_than_five_answers_at_once():
    bookable = repair_shop(step_minutes=60)
    for hour in range(9, 14):
        proposed(bookable, at(hour))
    with pytest.raises(TooManyOpen):
        proposed(bookable, at(14))
    assert proposed(bookable, at(14), contact=BEN).state == "proposed"


def test_the_past_is_not_proposed():
    bookable = repair_shop()
    for side in ("store", "customer"):
        with pytest.raises(SlotNotOffered):
            proposed(bookable, NOW - timedelta(hours=1), side=side)
    assert Reservation.objects.count() == 0


@pytest.mark.parametrize(
    ("state", "by", "side", "now", "moves"),
    [
        ("proposed", "customer", "store", NOW, ["accept", "counter", "decline", "cancel"]),
        ("proposed", "customer", "customer", NOW, ["counter", "cancel"]),
        ("countered", "store", "customer", NOW, ["accept", "counter", "decline", "cancel"]),
        ("countered", "store", "store", NOW, ["counter", "cancel"]),
        ("confirmed", "customer", "customer", NOW, ["counter", "cancel"]),
        ("confirmed", "customer", "customer", at(8, 1), []),
        ("confirmed", "customer", "store", NOW, ["counter", "cancel"]),
        ("confirmed", "customer", "store", at(10), ["done", "cancel"]),
        ("confirmed", "customer", "store", at(10, 15), ["done", "no_show", "cancel"]),
        ("proposed", "customer", "store", at(10), []),
        ("cancelled", "customer", "store", NOW, []),
    ],
)
def test_open_moves_are_those_that_would_succeed(state, by, side, now, moves):
    made = ReservationFactory(bookable=repair_shop(cancel_until_minutes=120), state=state, proposed_by=by)
    assert open_moves(reservation=made, side=side, now=now) == moves
