"""The states of a reservation: which moves there are, and the one statement that makes a move and writes it down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from core.outbox import publish
from core.statements import row_of, rows_of
from orders.events import RESERVATION_CHANGED
from orders.models import Reservation, Side
from orders.services.reservations.placing import Placed
from unions.models import Union

State = Reservation.State


@dataclass(frozen=True, slots=True)
class Move:
    """From which states, to which one. `answers`: the side that did not speak last, in time."""

    sources: tuple[str, ...]
    target: str
    answers: bool = False


MOVES: dict[str, Move] = {
    "counter": Move((State.PROPOSED, State.COUNTERED, State.CONFIRMED), State.COUNTERED),
    "reschedule": Move((State.CONFIRMED,), State.CONFIRMED),
    "settle": Move((State.PROPOSED, State.COUNTERED, State.CONFIRMED), State.CONFIRMED),
    "accept": Move((State.PROPOSED, State.COUNTERED), State.CONFIRMED, answers=True),
    "decline": Move((State.PROPOSED, State.COUNTERED), State.DECLINED, answers=True),
    "cancel": Move((State.PROPOSED, State.COUNTERED, State.CONFIRMED), State.CANCELLED),
    "done": Move((State.CONFIRMED,), State.DONE),
    "no_show": Move((State.CONFIRMED,), State.NO_SHOW),
}

_MOVE = """
WITH wanted AS (
    SELECT id FROM orders_reservation
    WHERE union_id = %(union)s AND id = %(reservation)s
    FOR UPDATE
), moved AS (
    UPDATE orders_reservation r SET
        state = %(target)s::text,
        proposed_by = CASE WHEN %(speaks)s::boolean THEN %(side)s::text ELSE r.proposed_by END,
        changed_at = %(now)s,
        confirmed_at = CASE WHEN %(target)s::text = 'confirmed' THEN %(now)s ELSE r.confirmed_at END,
        expires_at = %(expires)s::timestamptz,
        starts_at = COALESCE(%(starts)s::timestamptz, r.starts_at),
        ends_at = COALESCE(%(ends)s::timestamptz, r.ends_at),
        held = CASE WHEN %(starts)s::timestamptz IS NULL THEN r.held
                    ELSE tstzrange(%(held_from)s::timestamptz, %(held_until)s::timestamptz, '[)') END,
        resource_id = COALESCE(%(resource)s::bigint, r.resource_id),
        place = COALESCE(%(place)s::int, r.place),
        sequence = r.sequence + (%(starts)s::timestamptz IS NOT NULL
                                 OR %(target)s::text IN ('cancelled', 'declined'))::int,
        day_told_at = CASE WHEN %(starts)s::timestamptz IS NULL THEN r.day_told_at END,
        hour_told_at = CASE WHEN %(starts)s::timestamptz IS NULL THEN r.hour_told_at END
    FROM wanted w
    WHERE r.id = w.id AND r.state = ANY(%(sources)s::text[])
      AND (NOT %(answers)s::boolean OR r.proposed_by <> %(side)s::text)
      AND (r.state = 'confirmed' OR r.expires_at > %(now)s)
      AND (r.state <> 'confirmed' OR %(not_before)s::timestamptz IS NULL OR r.starts_at >= %(not_before)s::timestamptz)
      AND (%(begun_by)s::timestamptz IS NULL OR r.starts_at <= %(begun_by)s::timestamptz)
    RETURNING r.id, r.store_id, r.starts_at, r.ends_at, old.state AS from_state
), noted AS (
    INSERT INTO orders_reservationchange
        (union_id, reservation_id, from_state, to_state, side, actor_id, note, starts_at, ends_at, at)
    SELECT %(union)s, id, from_state, %(target)s, %(side)s, %(actor)s::bigint, %(note)s, starts_at, ends_at, %(now)s
    FROM moved
    RETURNING id
)
SELECT noted.id AS change_id, moved.from_state FROM moved, noted
"""

# What is due is asked for in the order of its ids and left alone while somebody else has it in hand.
_EXPIRE = """
WITH wanted AS (
    SELECT id FROM orders_reservation
    WHERE state = ANY('{{proposed,countered}}') AND expires_at <= %(now)s {which}
    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), moved AS (
    UPDATE orders_reservation r SET state = 'expired', changed_at = %(now)s, sequence = r.sequence + 1
    FROM wanted w WHERE r.id = w.id
    RETURNING r.id, r.union_id, r.starts_at, r.ends_at, old.state AS from_state
), noted AS (
    INSERT INTO orders_reservationchange
        (union_id, reservation_id, from_state, to_state, side, actor_id, note, starts_at, ends_at, at)
    SELECT union_id, id, from_state, 'expired', '', NULL, '', starts_at, ends_at, %(now)s FROM moved
    RETURNING id, reservation_id
)
SELECT reservation_id, id AS change_id FROM noted ORDER BY reservation_id
"""
_EXPIRE_ANY = _EXPIRE.format(which="")
_EXPIRE_AT = _EXPIRE.format(which="AND union_id = %(union)s AND resource_id = ANY(%(resources)s::bigint[])")
AT_ONCE = 500


def move_reservation(
    *,
    reservation: Reservation,
    move: str,
    side: str,
    actor: User | None,
    now: datetime,
    note: str = "",
    placed: Placed | None = None,
    expires_at: datetime | None = None,
    not_before: datetime | None = None,
    begun_by: datetime | None = None,
) -> bool:
    """Make the move if it is open, write its step and publish it; False when it is not open (any more).

    `not_before`: a confirmed one must not start earlier. `begun_by`: it must have started by then. Of two who try,
    one moves it.
    """
    step = MOVES[move]
    row = row_of(
        _MOVE,
        {
            "union": reservation.union_id,
            "reservation": reservation.pk,
            "target": str(step.target),
            "sources": [str(state) for state in step.sources],
            "answers": step.answers,
            "speaks": placed is not None,
            "side": str(side),
            "actor": actor.pk if actor else None,
            "note": note[:500],
            "starts": placed.starts_at if placed else None,
            "ends": placed.ends_at if placed else None,
            "held_from": placed.held[0] if placed else None,
            "held_until": placed.held[1] if placed else None,
            "resource": placed.resource_id if placed else None,
            "place": placed.place if placed else None,
            "expires": expires_at,
            "not_before": not_before,
            "begun_by": begun_by,
            "now": now,
        },
    )
    if row is None:
        return False
    tell(reservation_id=reservation.pk, to_state=step.target, change_id=row.change_id)
    return True


def tell(*, reservation_id: int, to_state: str, change_id: int) -> None:
    """Publish a step that has been written."""
    publish(
        RESERVATION_CHANGED,
        aggregate=f"reservation:{reservation_id}",
        reservation_id=reservation_id,
        to_state=str(to_state),
        change_id=change_id,
    )


def expire_proposed_times(
    *, now: datetime, union: Union | None = None, resource_ids: list[int] | None = None
) -> list[int]:
    """Proposals that nobody answered in time let go of their hour. Returns the ids of the reservations.

    With `union` and `resource_ids` only theirs: whoever looks for a place there does this first.
    """
    values: dict[str, Any] = {"now": now, "limit": AT_ONCE}
    if union is None:
        rows = rows_of(_EXPIRE_ANY, values)
    else:
        rows = rows_of(_EXPIRE_AT, {**values, "union": union.pk, "resources": resource_ids or []})
    for row in rows:
        tell(reservation_id=row.reservation_id, to_state=State.EXPIRED, change_id=row.change_id)
    return [row.reservation_id for row in rows]


def _is_open(reservation: Reservation, move: str, *, side: str, now: datetime) -> bool:
    """Whether this side could make the move with the reservation as it was read."""
    step = MOVES[move]
    if reservation.state not in step.sources:
        return False
    if reservation.state in Reservation.OPEN and (reservation.expires_at is None or reservation.expires_at <= now):
        return False
    return not step.answers or reservation.proposed_by != side


def open_moves(*, reservation: Reservation, side: str, now: datetime) -> list[str]:
    """What this side can do now, the usual step first. `reservation` comes with its bookable."""
    rules = reservation.bookable
    moves = [move for move in ("accept", "counter", "decline") if _is_open(reservation, move, side=side, now=now)]
    if side == Side.CUSTOMER:
        changeable = reservation.state != State.CONFIRMED or now <= changeable_until(reservation=reservation)
        moves = [move for move in moves if move != "counter" or changeable]
        if changeable and _is_open(reservation, "cancel", side=side, now=now):
            moves.append("cancel")
        return moves
    if reservation.state == State.CONFIRMED and reservation.starts_at <= now:
        moves = ["done"]
        if reservation.starts_at + timedelta(minutes=rules.no_show_minutes) <= now:
            moves.append("no_show")
    if _is_open(reservation, "cancel", side=side, now=now):
        moves.append("cancel")
    return moves


def changeable_until(*, reservation: Reservation) -> datetime:
    """Until when the shopper may cancel or move it once it is confirmed."""
    return reservation.starts_at - timedelta(minutes=reservation.bookable.cancel_until_minutes)
