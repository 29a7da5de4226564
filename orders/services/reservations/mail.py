"""Writes to both sides of a reservation, each in its language, with a calendar file once it was confirmed."""

from __future__ import annotations

from email.mime.text import MIMEText
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.localized import localized
from orders.models import Reservation, ReservationChange, Side
from orders.queries.bookables import title_of
from orders.services.reservations.calendar_file import calendar_file, method_of
from stores.queries.team import mail_readers_of
from unions.queries import absolute_address

State = Reservation.State
Words = tuple[str, str]


def send_reservation_mails(*, reservation: Reservation, change: ReservationChange) -> None:
    """Tell of one step whoever is to hear of it. `reservation` as `whole` reads it."""
    with translation.override(reservation.language or reservation.union.default_language):
        if words := _to_customer(change):
            _write_customer(reservation, words, note=_note_for(change, Side.CUSTOMER))
    with translation.override(reservation.union.default_language):
        if words := _to_store(reservation, change):
            _write_store(reservation, words, note=_note_for(change, Side.STORE))


def send_reminder(*, reservation: Reservation, reminder: str) -> None:
    """A day or an hour before, to both."""
    for language, write in (
        (reservation.language or reservation.union.default_language, _write_customer),
        (reservation.union.default_language, _write_store),
    ):
        with translation.override(language):
            subject = _("Tomorrow: %(title)s at %(store)s") if reminder == "day" else _("Soon: %(title)s at %(store)s")
            write(reservation, (subject, _("This time is reserved.")), note="", with_file=False)


def _to_customer(change: ReservationChange) -> Words | None:
    """Subject and first sentence, or None when they know it already."""
    by_store = change.side == Side.STORE
    match change.to_state:
        case State.PROPOSED if by_store:
            return _("%(store)s proposes a time for %(title)s"), _("Accept it, propose another time or decline.")
        case State.PROPOSED:
            return (
                _("You have asked %(store)s for %(title)s"),
                _("The time is held for you until the store answers. We write to you as soon as it does."),
            )
        case State.COUNTERED if by_store:
            return (
                _("%(store)s proposes another time for %(title)s"),
                _("Accept it, propose another time or decline."),
            )
        case State.CONFIRMED if change.from_state == State.CONFIRMED:
            return _("New time: %(title)s at %(store)s"), _("This time is reserved for you.")
        case State.CONFIRMED:
            return _("Confirmed: %(title)s at %(store)s"), _("This time is reserved for you.")
        case State.DECLINED if by_store:
            return _("%(store)s cannot take you at this time"), _(
                "Perhaps another time fits: the page shows what is free."
            )
        case State.EXPIRED:
            return (
                _("Nothing came of %(title)s at %(store)s"),
                _("It was not answered in time, and the time is free again. You can choose another one."),
            )
        case State.CANCELLED:
            if by_store:
                return _("%(store)s has cancelled %(title)s"), _("The store is sorry. You can choose another time.")
            return _("Cancelled: %(title)s at %(store)s"), _("You have cancelled this; the time is free again.")
    return None


def _to_store(reservation: Reservation, change: ReservationChange) -> Words | None:
    """The same for the store; of its own steps it gets the calendar file only."""
    by_store = change.side == Side.STORE
    match change.to_state:
        case State.PROPOSED if not by_store:
            return _("%(name)s asks for %(title)s"), _("Accept the time, propose another one or decline.")
        case State.COUNTERED if not by_store:
            return _("%(name)s proposes another time for %(title)s"), _("Accept it, propose another time or decline.")
        case State.CONFIRMED:
            return _("Confirmed: %(title)s, %(name)s"), _("This time is reserved.")
        case State.DECLINED if not by_store:
            return _("%(name)s has declined %(title)s"), _("The time is free again.")
        case State.CANCELLED if not by_store or reservation.confirmed_at:
            return _("Cancelled: %(title)s, %(name)s"), _("The time is free again.")
    return None


def _note_for(change: ReservationChange, reader: str) -> str:
    """What the other side wrote."""
    return change.note if change.side and change.side != reader else ""


def _write_customer(reservation: Reservation, words: Words, *, note: str, with_file: bool = True) -> None:
    if not reservation.email:
        return
    union = reservation.union
    path = reverse("orders:reservation", kwargs={"union": union.slug, "token": reservation.token})
    _post(
        reservation,
        "customer",
        words,
        to=[reservation.email],
        reply_to=reservation.store.email or union.contact_email,
        address=absolute_address(union, path),
        note=note,
        with_file=with_file,
    )


def _write_store(reservation: Reservation, words: Words, *, note: str, with_file: bool = True) -> None:
    union, store = reservation.union, reservation.store
    readers = mail_readers_of(store)
    if not readers:
        return
    keys = {"union": union.slug, "store": store.slug, "number": reservation.number}
    _post(
        reservation,
        "store",
        words,
        to=readers,
        reply_to=reservation.email,
        address=absolute_address(union, reverse("manage:reservation", kwargs=keys)),
        note=note,
        with_file=with_file,
    )


def _post(
    reservation: Reservation,
    template: str,
    words: Words,
    *,
    to: list[str],
    reply_to: str,
    address: str,
    note: str,
    with_file: bool,
) -> None:
    union, language = reservation.union, translation.get_language() or "en"
    title = title_of(reservation.bookable, language)
    spoken = {
        "title": title,
        "store": localized(reservation.store, "name"),
        "name": reservation.name or _("Someone"),
    }
    # A name may hold a line break, which a header must not.
    subject = " ".join((words[0] % spoken).split())
    context: dict[str, Any] = {
        **spoken,
        "reservation": reservation,
        "union_name": localized(union, "name"),
        "resource": localized(reservation.resource, "name"),
        "subject": subject,
        "text": words[1],
        "note": note,
        "address": address,
    }
    with timezone.override(union.time_zone):
        text = render_to_string(f"mail/reservations/{template}.txt", context).strip() + "\n"
        page = render_to_string(f"mail/reservations/{template}.html", context)
    message = EmailMultiAlternatives(subject=subject, body=text, to=to, reply_to=[reply_to] if reply_to else None)
    message.attach_alternative(page, "text/html")
    if with_file and reservation.confirmed_at is not None:
        message.attach(_invitation(reservation, title=title, address=address, language=language))
    message.send()


def _invitation(reservation: Reservation, *, title: str, address: str, language: str) -> MIMEText:
    """The calendar file as mail programs want it: with its method also in the head of the part."""
    content = calendar_file(reservation=reservation, title=title, address=address, language=language)
    part = MIMEText(content.decode(), "calendar", "utf-8")
    part.set_param("method", method_of(reservation=reservation))
    part.add_header("Content-Disposition", "attachment", filename=f"{reservation.number}.ics")
    return part
