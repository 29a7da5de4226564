"""Who hears what of a reservation, in which language, with which calendar file; and reminders, once each."""

from datetime import timedelta

import pytest
from django.core import mail
from icalendar import Calendar

from core.models import OutboxEvent
from core.outbox import deliver_waiting
from orders.models import Reservation
from orders.queries.reservations import reservation_with_all
from orders.services.reservations import (
    accept_reservation,
    cancel_reservation,
    counter_reservation,
    decline_reservation,
    expire_proposed_times,
    reschedule_reservation,
)
from orders.services.reservations.mail import send_reminder, send_reservation_mails
from orders.services.reservations.reminding import remind
from tests.factories.reservations import NOW, ReservationFactory, at, repair_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(db):
    reservation = ReservationFactory(note="the chain slips")
    reservation.store.email = "shop@example.com"
    reservation.store.name = "Spokes"
    reservation.store.save()
    return reservation


def told(reservation) -> dict[str, mail.EmailMultiAlternatives]:
    """Send the mails of the last step; by reader."""
    mail.outbox.clear()
    send_reservation_mails(reservation=reservation_with_all(reservation.pk), change=reservation.changes.latest("id"))
    return {message.to[0]: message for message in mail.outbox}


def calendar_of(message) -> tuple[str, object]:
    """Method and event of the file in a mail."""
    (part,) = [attached for attached in message.attachments if not isinstance(attached, tuple)]
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    assert part.get_param("method") == str(calendar["method"])
    return str(calendar["method"]), calendar.walk("VEVENT")[0]


def test_a_request_is_told_to_both_without_a_file(made):
    mails = told(made)
    assert {who: message.subject for who, message in mails.items()} == {
        "ada@example.com": "You have asked Spokes for Bicycle repair",
        "shop@example.com": "Ada Trevithick asks for Bicycle repair",
    }
    assert f"/reservations/{made.token}/" in mails["ada@example.com"].body
    assert f"/manage/{made.union.slug}/{made.store.slug}/reservations/{made.number}/" in mails["shop@example.com"].body
    assert made.token not in mails["shop@example.com"].body
    for message in mails.values():
        assert "Tuesday" in message.body
        assert message.attachments == []


def test_a_confirmed_time_comes_with_a_file_for_both(made):
    accept_reservation(reservation=made, side="store", actor=None, now=NOW, note="bring it by ten")
    mails = told(made)
    assert {who: message.subject for who, message in mails.items()} == {
        "ada@example.com": "Confirmed: Bicycle repair at Spokes",
        "shop@example.com": "Confirmed: Bicycle repair, Ada Trevithick",
    }
    assert "bring it by ten" in mails["ada@example.com"].body
    assert "bring it by ten" not in mails["shop@example.com"].body
    for message in mails.values():
        method, event = calendar_of(message)
        assert (method, str(event["status"]), int(event["sequence"])) == ("REQUEST", "CONFIRMED", 0)
        assert (event.decoded("dtstart"), event.decoded("dtend")) == (at(10), at(11))
        assert str(event["uid"]) == f"{made.number.lower()}@{made.union.slug}.martunion"
        assert str(event["organizer"]) == "mailto:shop@example.com"
        assert str(event["attendee"]) == "mailto:ada@example.com"


def test_a_new_time_updates_the_same_entry_and_cancelling_takes_it_out(made):
    accept_reservation(reservation=made, side="store", actor=None, now=NOW)
    _method, first = calendar_of(told(made)["ada@example.com"])
    reschedule_reservation(reservation=made, starts_at=at(14), side="store", actor=None, now=NOW, agreed=True)
    message = told(made)["ada@example.com"]
    method, second = calendar_of(message)
    assert message.subject == "New time: Bicycle repair at Spokes"
    assert (method, str(second["uid"]), int(second["sequence"])) == ("REQUEST", str(first["uid"]), 1)
    assert second.decoded("dtstart") == at(14)
    cancel_reservation(reservation=made, side="store", actor=None, now=NOW, note="ill")
    message = told(made)["ada@example.com"]
    method, third = calendar_of(message)
    assert message.subject == "Spokes has cancelled Bicycle repair"
    assert "ill" in message.body
    assert (method, str(third["status"]), int(third["sequence"])) == ("CANCEL", "CANCELLED", 2)
    assert str(third["uid"]) == str(first["uid"])


def test_a_time_that_is_asked_for_again_stands_in_the_calendar_as_tentative(made):
    accept_reservation(reservation=made, side="store", actor=None, now=NOW)
    counter_reservation(reservation=made, starts_at=at(15), side="store", actor=None, now=NOW)
    method, event = calendar_of(told(made)["ada@example.com"])
    assert (method, str(event["status"]), int(event["sequence"])) == ("REQUEST", "TENTATIVE", 1)
    expire_proposed_times(now=at(15))
    method, event = calendar_of(told(made)["ada@example.com"])
    assert (method, int(event["sequence"])) == ("CANCEL", 2)


@pytest.mark.parametrize(
    ("act", "readers"),
    [
        (lambda r: counter_reservation(reservation=r, starts_at=at(15), side="store", actor=None, now=NOW), {"ada"}),
        (
            lambda r: counter_reservation(reservation=r, starts_at=at(15), side="customer", actor=None, now=NOW),
            {"shop"},
        ),
        (lambda r: decline_reservation(reservation=r, side="store", actor=None, now=NOW), {"ada"}),
        (lambda r: cancel_reservation(reservation=r, side="customer", actor=None, now=NOW), {"ada", "shop"}),
        (lambda r: cancel_reservation(reservation=r, side="store", actor=None, now=NOW), {"ada"}),
    ],
    ids=["countered by the store", "countered by the shopper", "declined", "withdrawn", "called off"],
)
def test_a_step_is_told_to_who_does_not_know_it(made, act, readers):
    act(made)
    assert {who.split("@")[0] for who in told(made)} == readers


@pytest.mark.parametrize(("language", "word"), [("ko", "예약"), ("zh-hant", "預約")])
def test_mails_speak_the_readers_language(made, language, word):
    Reservation.objects.filter(pk=made.pk).update(language=language)
    accept_reservation(reservation=made, side="store", actor=None, now=NOW)
    mails = told(made)
    assert word in mails["ada@example.com"].body
    assert mails["shop@example.com"].subject == "Confirmed: Bicycle repair, Ada Trevithick"


def test_a_line_break_in_a_name_makes_no_header(made):
    Reservation.objects.filter(pk=made.pk).update(name="Ada\nBcc: all@example.com")
    accept_reservation(reservation=made, side="store", actor=None, now=NOW)
    message = told(made)["shop@example.com"]
    assert message.subject == "Confirmed: Bicycle repair, Ada Bcc: all@example.com"
    assert message.message()["Bcc"] is None


def test_steps_are_mailed_through_the_outbox_and_what_has_moved_on_is_told_by_the_last(
    made, django_capture_on_commit_callbacks, monkeypatch
):
    asked = []
    monkeypatch.setattr("orders.tasks.mail_reservation.delay", lambda *names: asked.append(names))
    accept_reservation(reservation=made, side="store", actor=None, now=NOW)
    cancel_reservation(reservation=made, side="store", actor=None, now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        assert deliver_waiting(now=NOW) == 2
    assert asked == [(made.pk, made.changes.latest("id").pk)]


def test_reminders_are_claimed_once_each_in_their_time():
    bookable = repair_shop()
    soon = ReservationFactory(bookable=bookable, state="confirmed", confirmed_at=NOW - timedelta(days=5))
    tomorrow = ReservationFactory(
        bookable=bookable, state="confirmed", starts_at=at(9, day=4), confirmed_at=NOW - timedelta(days=5)
    )
    ReservationFactory(bookable=bookable, starts_at=at(12), expires_at=at(12))
    ReservationFactory(bookable=bookable, starts_at=at(14), state="cancelled", confirmed_at=NOW - timedelta(days=5))
    assert remind(now=at(9)) == {"day": [tomorrow.pk], "hour": [soon.pk]}
    assert remind(now=at(9)) == {"day": [], "hour": []}
    events = OutboxEvent.objects.filter(kind="orders.reservation_due").order_by("id")
    assert [event.payload for event in events] == [
        {"reservation_id": tomorrow.pk, "reminder": "day"},
        {"reservation_id": soon.pk, "reminder": "hour"},
    ]


def test_who_confirmed_an_hour_ago_is_not_reminded_of_tomorrow():
    ReservationFactory(state="confirmed", starts_at=at(9, day=4), confirmed_at=at(10, day=3))
    assert remind(now=at(11)) == {"day": [], "hour": []}
    assert [len(rows) for rows in remind(now=at(8, day=4)).values()] == [0, 1]


def test_a_reminder_goes_to_both(made):
    accept_reservation(reservation=made, side="store", actor=None, now=NOW)
    send_reminder(reservation=reservation_with_all(made.pk), reminder="day")
    assert {message.to[0]: message.subject for message in mail.outbox} == {
        "ada@example.com": "Tomorrow: Bicycle repair at Spokes",
        "shop@example.com": "Tomorrow: Bicycle repair at Spokes",
    }
    assert all(message.attachments == [] for message in mail.outbox)
