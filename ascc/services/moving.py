"""The one function that moves a voucher, and the moves that there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from ascc.events import VOUCHER_MOVED
from ascc.models import Voucher, VoucherStep
from core.errors import WrongState
from core.outbox import publish

State = Voucher.State
What = VoucherStep.What
Side = VoucherStep.Side

MOVES: dict[str, frozenset[str]] = {
    State.ISSUED: frozenset({State.ACTIVE, State.EXPIRED, State.CANCELLED}),
    State.ACTIVE: frozenset({State.TRANSMITTED, State.EXPIRED, State.CANCELLED}),
    State.TRANSMITTED: frozenset({State.ACCEPTED, State.ACTIVE, State.CANCELLED}),
    State.ACCEPTED: frozenset({State.IN_SERVICE, State.PERFORMED, State.ACTIVE, State.CANCELLED}),
    State.IN_SERVICE: frozenset({State.PERFORMED, State.ACTIVE, State.CANCELLED}),
    # A till's redemption that is undone goes back to where it was; an assessed one with visits left begins again.
    State.PERFORMED: frozenset({State.ASSESSED, State.ACTIVE, State.ACCEPTED, State.IN_SERVICE, State.CLOSED}),
    State.ASSESSED: frozenset({State.ACTIVE, State.CLOSED}),
    State.CLOSED: frozenset(),
    State.EXPIRED: frozenset(),
    State.CANCELLED: frozenset(),
}
"""From which state to which others."""


@dataclass(frozen=True, slots=True)
class By:
    """Who does something: on which side, which person if it is one, from which network address."""

    side: str = Side.SYSTEM
    user_id: int | None = None
    address: str | None = None


SYSTEM = By()

GIVEN = (State.ACCEPTED, State.IN_SERVICE, State.PERFORMED, State.ASSESSED)
"""In these a provider has it, or had it last; free again, tokens that were held up until then are stale."""

_MOVE = """
WITH moved AS (
    UPDATE ascc_voucher SET state = %(to)s {sets}
    WHERE id = %(voucher)s AND union_id = %(union)s AND state = ANY(%(from)s) {conditions}
    RETURNING id, union_id, old.state AS from_state
)
INSERT INTO ascc_voucherstep (union_id, voucher_id, what, from_state, to_state, side, actor_id, address, note, at)
SELECT union_id, id, %(what)s, from_state, %(to)s, %(side)s, %(actor)s, %(address)s::inet, %(note)s, %(now)s FROM moved
RETURNING id
"""


def move_voucher(
    *,
    voucher: Voucher,
    to: str,
    what: str,
    by: By,
    now: datetime,
    note: str = "",
    only_from: Sequence[str] | None = None,
    only_if: dict[str, Any] | None = None,
    **changes: Any,
) -> int:
    """Move it and write its timeline with one statement; returns the id of the step.

    `changes` are further columns to set (`provider_id=7`); `only_if` columns that must have these values, so that of
    two at once one succeeds. Leaves `voucher` as it was: read it again. Raises WrongState with the state it is in.
    """
    allowed = [state for state in (only_from or list(MOVES)) if to in MOVES[state]]
    conditions = only_if or {}
    values = {
        "voucher": voucher.pk,
        "union": voucher.union_id,
        "to": str(to),
        "from": [str(state) for state in allowed],
        "what": str(what),
        "side": str(by.side),
        "actor": by.user_id,
        "address": by.address,
        "note": note[:300],
        "now": now,
        "given": [str(state) for state in GIVEN],
        **{f"set_{name}": value for name, value in changes.items()},
        **{f"if_{name}": value for name, value in conditions.items()},
    }
    counts = ", handing = handing + (state = ANY(%(given)s))::int" if to == State.ACTIVE else ""
    statement = _MOVE.format(
        sets=counts + "".join(f", {_column(name)} = %(set_{name})s" for name in changes),
        conditions="".join(f" AND {_column(name)} IS NOT DISTINCT FROM %(if_{name})s" for name in conditions),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = cursor.fetchone()
    if found is None:
        state = Voucher.objects.filter(union=voucher.union_id, pk=voucher.pk).values_list("state", flat=True).get()
        raise WrongState(state=state)
    step_id: int = found[0]
    publish(VOUCHER_MOVED, aggregate=f"voucher:{voucher.pk}", voucher_id=voucher.pk, what=str(what), step_id=step_id)
    return step_id


def moment(*, at: datetime) -> str:
    """A time in a timeline's note, in UTC to the minute: `2026-11-20T09:30Z`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def note_step(*, voucher: Voucher, what: str, by: By, now: datetime, note: str = "") -> VoucherStep:
    """Write into the timeline what did not move the voucher."""
    step = VoucherStep.objects.create(
        union_id=voucher.union_id,
        voucher=voucher,
        what=what,
        from_state=voucher.state,
        to_state=voucher.state,
        side=by.side,
        actor_id=by.user_id,
        address=by.address,
        note=note[:300],
        at=now,
    )
    publish(VOUCHER_MOVED, aggregate=f"voucher:{voucher.pk}", voucher_id=voucher.pk, what=str(what), step_id=step.pk)
    return step


def _column(name: str) -> str:
    """Only names of the model's own columns ever reach a statement."""
    columns = {field.column for field in Voucher._meta.local_fields}
    if name not in columns:
        raise ValueError(name)
    return name
