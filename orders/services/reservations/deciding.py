"""Answering a proposed time: another one, yes, no; and what becomes of a confirmed one.

Every function takes the `side` that acts (`customer` or `store`) and the `actor` (None for a guest or a program).
Done twice, it is done once: the second time the reservation comes back as it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.models import User
from core.errors import NotAllowed, WrongState, constraint_of
from orders.errors import NotBookable, NotYet, NotYourTurn, TooLateToChange
from orders.models import Reservation, Resource, Side
from orders.services.contact import Contact
from orders.services.reservations.moving import (
    MOVES,
    changeable_until,
    move_reservation,
)
from orders.services.reservations.placing import Placed, instant, taken
from orders.services.reservations.proposing import held_until, is_confirmed_at_once, place_at

State = Reservation.State


@transaction.atomic
def counter_reservation(
    *,
    reservation: Reservation,
    starts_at: datetime,
    side: str,
    actor: User | None,
    now: datetime,
    resource: Resource | None = None,
    note: str = "",
    hold: timedelta | None = None,
) -> Reservation:
    """Propose another time; it is held instead of the former one, and the other side has to answer.

    Also moves a confirmed one: it has to be confirmed anew. Raises SlotTaken, SlotNotOffered, TooLateToChange,
    WrongState.
    """
    return _to_another_time(
        reservation, "counter", starts_at, side=side, actor=actor, now=now, resource=resource, note=note, hold=hold
    )


@transaction.atomic
def reschedule_reservation(
    *,
    reservation: Reservation,
    starts_at: datetime,
    side: str,
    actor: User | None,
    now: datetime,
    resource: Resource | None = None,
    note: str = "",
    agreed: bool = False,
) -> Reservation:
    """Move it to another time: confirmed at once by a shopper where the rules say so, or by the store when both have
    `agreed`; otherwise the other side has to answer (as `counter_reservation`).

    Raises SlotTaken, SlotNotOffered, TooLateToChange, WrongState.
    """
    current = _read(reservation)
    if side == Side.STORE:
        move = "settle" if agreed else "counter"
    else:
        contact = Contact(user=current.user, email=current.email)
        at_once = current.state == State.CONFIRMED and is_confirmed_at_once(
            bookable=current.bookable, contact=contact, now=now
        )
        move = "reschedule" if at_once else "counter"
    return _to_another_time(
        reservation, move, starts_at, side=side, actor=actor, now=now, resource=resource, note=note, hold=None
    )


@transaction.atomic
def accept_reservation(
    *, reservation: Reservation, side: str, actor: User | None, now: datetime, note: str = ""
) -> Reservation:
    """Say yes to the time that the other side proposed. Raises NotYourTurn, WrongState (also when it has lapsed)."""
    return _answer(reservation, "accept", side=side, actor=actor, now=now, note=note)


@transaction.atomic
def decline_reservation(
    *, reservation: Reservation, side: str, actor: User | None, now: datetime, note: str = ""
) -> Reservation:
    """Say no to it; the time is free again. Raises NotYourTurn, WrongState."""
    return _answer(reservation, "decline", side=side, actor=actor, now=now, note=note)


@transaction.atomic
def cancel_reservation(
    *, reservation: Reservation, side: str, actor: User | None, now: datetime, note: str = ""
) -> Reservation:
    """Call it off, also one's own proposal. A shopper may until the store's rule ends; the store always.

    Raises TooLateToChange, WrongState.
    """
    current = _read(reservation)
    if current.state == State.CANCELLED:
        return current
    not_before = None
    if side == Side.CUSTOMER:
        not_before = now + timedelta(minutes=current.bookable.cancel_until_minutes)
    if not move_reservation(
        reservation=current, move="cancel", side=side, actor=actor, now=now, note=note, not_before=not_before
    ):
        return _done_already(current, "cancel", side=side, now=now)
    return _read(reservation)


@transaction.atomic
def finish_reservation(
    *, reservation: Reservation, actor: User | None, now: datetime, came: bool, note: str = ""
) -> Reservation:
    """Note that it was done, or that nobody came: by the store, from its beginning on, or some minutes later.

    Raises NotYet, WrongState.
    """
    move = "done" if came else "no_show"
    current = _read(reservation)
    if current.state == MOVES[move].target:
        return current
    patience = timedelta(0) if came else timedelta(minutes=current.bookable.no_show_minutes)
    if not move_reservation(
        reservation=current, move=move, side=Side.STORE, actor=actor, now=now, note=note, begun_by=now - patience
    ):
        if _read(reservation).state == State.CONFIRMED:
            raise NotYet(**{"from": instant(moment=current.starts_at + patience)})
        return _done_already(current, move, side=Side.STORE, now=now)
    return _read(reservation)


def _to_another_time(
    reservation: Reservation,
    move: str,
    starts_at: datetime,
    *,
    side: str,
    actor: User | None,
    now: datetime,
    resource: Resource | None,
    note: str,
    hold: timedelta | None,
) -> Reservation:
    current = _read(reservation)
    target = MOVES[move].target
    is_there = current.starts_at == starts_at and (resource is None or resource.pk == current.resource_id)
    if is_there and current.state == target and current.proposed_by == side:
        return current
    _check_changeable(current, side=side, now=now)
    if current.state not in MOVES[move].sources:
        raise _refusal(current, move, side=side, now=now)
    if resource is not None and resource.store_id != current.store_id:
        raise NotBookable
    placed = place_at(
        bookable=current.bookable, starts_at=starts_at, side=side, now=now, resource=resource, moving=current
    )
    expires_at = (
        None
        if target == State.CONFIRMED
        else held_until(bookable=current.bookable, starts_at=starts_at, now=now, hold=hold)
    )
    if not _moved_there(current, move, placed, side=side, actor=actor, now=now, note=note, expires_at=expires_at):
        raise _refusal(current, move, side=side, now=now)
    return _read(reservation)


def _moved_there(
    current: Reservation,
    move: str,
    placed: Placed,
    *,
    side: str,
    actor: User | None,
    now: datetime,
    note: str,
    expires_at: datetime | None,
) -> bool:
    try:
        with transaction.atomic():
            return move_reservation(
                reservation=current,
                move=move,
                side=side,
                actor=actor,
                now=now,
                note=note,
                placed=placed,
                expires_at=expires_at,
            )
    except IntegrityError as error:
        if constraint_of(error) == "reservation_no_double_booking":
            raise taken(bookable=current.bookable, starts_at=placed.starts_at, now=now, moving=current) from error
        raise


def _answer(
    reservation: Reservation, move: str, *, side: str, actor: User | None, now: datetime, note: str
) -> Reservation:
    current = _read(reservation)
    if current.state == MOVES[move].target:
        return current
    if not move_reservation(reservation=current, move=move, side=side, actor=actor, now=now, note=note):
        return _done_already(current, move, side=side, now=now)
    return _read(reservation)


def _check_changeable(current: Reservation, *, side: str, now: datetime) -> None:
    if side == Side.CUSTOMER and current.state == State.CONFIRMED and now > changeable_until(reservation=current):
        raise TooLateToChange(until=instant(moment=changeable_until(reservation=current)))


def _done_already(was: Reservation, move: str, *, side: str, now: datetime) -> Reservation:
    """Somebody did the same at the same moment; anything else is a refusal."""
    current = _read(was)
    if current.state == MOVES[move].target:
        return current
    raise _refusal(current, move, side=side, now=now)


def _refusal(was: Reservation, move: str, *, side: str, now: datetime) -> Exception:
    """Why the move was not open, from where the reservation stands now."""
    current = _read(was)
    lapsed = current.state in Reservation.OPEN and current.expires_at is not None and current.expires_at <= now
    if lapsed:
        return WrongState(state=str(State.EXPIRED))
    if current.state in MOVES[move].sources:
        if MOVES[move].answers and current.proposed_by == side:
            return NotYourTurn()
        if side == Side.CUSTOMER and current.state == State.CONFIRMED:
            return TooLateToChange(until=instant(moment=changeable_until(reservation=current)))
        return NotAllowed()
    return WrongState(state=current.state)


def _read(reservation: Reservation) -> Reservation:
    """As it stands now, with what its rules need."""
    return Reservation.objects.select_related(
        "union",
        "store",
        "bookable__union",
        "bookable__store",
        "bookable__product",
        "bookable__variant",
        "resource",
        "user",
    ).get(union_id=reservation.union_id, pk=reservation.pk)
