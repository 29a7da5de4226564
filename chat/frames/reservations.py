"""Times, from both sides. Every `ack` carries the reservation's id and state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from chat.frames import frame
from chat.frames.dealing import BOTH, Table, key_of, said_at, table_of
from chat.frames.reading import flag_of, number_of, text_of
from chat.queries.deals import bookable_talked_of, reservation_in_conversation
from chat.services.agreeing import show_reservation
from core.errors import Invalid
from orders.models import Reservation
from orders.services.reservations import (
    accept_reservation,
    cancel_reservation,
    decline_reservation,
    propose_reservation,
    reschedule_reservation,
)

TIMES = "reservations:write"


@frame("reserve", of=BOTH)
def reserve(session: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"conversation": ref, "service": key, "starts_at": RFC 3339, "note": …, "agreed": by the store only}`"""
    table = table_of(session, asked, needs=TIMES)
    made = propose_reservation(
        bookable=bookable_talked_of(table.conversation, text_of(asked, "service", most=16)),
        starts_at=_time(asked),
        side=table.side,
        contact=table.contact,
        actor=table.actor,
        now=timezone.now(),
        note=text_of(asked, "note", most=500),
        conversation=table.conversation.ref,
        key=key_of(table, asked),
        agreed=flag_of(asked, "agreed"),
    )
    return _shown(made)


@frame("counter_reservation", of=BOTH)
def counter(session: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"conversation": ref, "reservation": id, "starts_at": RFC 3339, "note": …}`"""
    table = table_of(session, asked, needs=TIMES)
    return _shown(
        reschedule_reservation(
            reservation=_at(table, asked),
            starts_at=_time(asked),
            agreed=flag_of(asked, "agreed"),
            **said_at(table, asked),
        )
    )


@frame("accept_reservation", of=BOTH)
def accept(session: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"conversation": ref, "reservation": id}`"""
    table = table_of(session, asked, needs=TIMES)
    return _shown(accept_reservation(reservation=_at(table, asked), **said_at(table, asked)))


@frame("decline_reservation", of=BOTH)
def decline(session: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"conversation": ref, "reservation": id, "note": …}`"""
    table = table_of(session, asked, needs=TIMES)
    return _shown(decline_reservation(reservation=_at(table, asked), **said_at(table, asked)))


@frame("cancel_reservation", of=BOTH)
def cancel(session: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"conversation": ref, "reservation": id, "note": …}`"""
    table = table_of(session, asked, needs=TIMES)
    return _shown(cancel_reservation(reservation=_at(table, asked), **said_at(table, asked)))


def _at(table: Table, asked: dict[str, Any]) -> Reservation:
    return reservation_in_conversation(table.conversation, number_of(asked, "reservation", least=1))


def _time(asked: dict[str, Any]) -> datetime:
    try:
        moment = parse_datetime(text_of(asked, "starts_at", most=40, empty=False))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid(field="starts_at")
    return moment


def _shown(reservation: Reservation) -> dict[str, Any]:
    show_reservation(reservation_id=reservation.pk, now=timezone.now())
    return {
        "reservation": reservation.pk,
        "number": reservation.number,
        "state": reservation.state,
        "starts_at": reservation.starts_at.isoformat(),
        "expires_at": reservation.expires_at.isoformat() if reservation.expires_at else None,
    }
