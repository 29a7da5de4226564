"""A reservation as a calendar file (RFC 5545, RFC 5546): the same UID for ever, a higher SEQUENCE with every new time.

Times are in UTC, which every calendar shows in its own zone, so no zone table has to travel along.
"""

from __future__ import annotations

from datetime import UTC
from email.utils import parseaddr

from django.conf import settings
from icalendar import Calendar, Event, vCalAddress, vText

from core.localized import localized
from orders.models import Reservation

State = Reservation.State
PRODUCT = "-//martunion//reservations//EN"
STATUSES = {State.CONFIRMED: "CONFIRMED", State.DONE: "CONFIRMED", State.NO_SHOW: "CONFIRMED"}


def _is_off(reservation: Reservation) -> bool:
    """Whether calendars are to take it out again."""
    return reservation.state in (State.DECLINED, State.EXPIRED, State.CANCELLED)


def method_of(*, reservation: Reservation) -> str:
    """`REQUEST` to enter or change it, `CANCEL` to take it out."""
    return "CANCEL" if _is_off(reservation) else "REQUEST"


def calendar_file(*, reservation: Reservation, title: str, address: str, language: str) -> bytes:
    """The file's content. `reservation` comes with union and store; `address` is its page."""
    store, union = reservation.store, reservation.union
    name = localized(store, "name", language)
    event = Event()
    event.add("uid", _uid_of(reservation))
    event.add("sequence", reservation.sequence)
    event.add("dtstamp", reservation.changed_at.astimezone(UTC))
    event.add("dtstart", reservation.starts_at.astimezone(UTC))
    event.add("dtend", reservation.ends_at.astimezone(UTC))
    event.add("summary", f"{title} · {name}")
    event.add("location", ", ".join(part for part in (name, store.street, store.city) if part))
    event.add("description", f"{reservation.number}\n{address}")
    event.add("url", address)
    event.add("status", "CANCELLED" if _is_off(reservation) else STATUSES.get(State(reservation.state), "TENTATIVE"))
    sender = store.email or union.contact_email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    event.add("organizer", _person(sender, name))
    if reservation.email:
        event.add("attendee", _person(reservation.email, reservation.name))
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method_of(reservation=reservation))
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _uid_of(reservation: Reservation) -> str:
    """Never changes, also when the union moves to a domain of its own."""
    return f"{reservation.number.lower()}@{reservation.union.slug}.martunion"


def _person(email: str, name: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{email}")
    if name:
        person.params["cn"] = vText(" ".join(name.split()))
    return person
