"""The states of a return: which moves there are, and the one statement that makes a move; each step is written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from core.errors import WrongState
from core.outbox import publish
from orders.events import RETURN_CHANGED
from orders.models import Order, Return, ReturnStep

State = Return.State


@dataclass(frozen=True, slots=True)
class Move:
    """From which states, to which one."""

    sources: tuple[str, ...]
    target: str


MOVES: dict[str, Move] = {
    "approve": Move((State.REQUESTED,), State.APPROVED),
    "decline": Move((State.REQUESTED,), State.DECLINED),
    "cancel": Move((State.REQUESTED, State.APPROVED), State.CANCELLED),
    "receive": Move((State.APPROVED,), State.RECEIVED),
    "refund": Move((State.RECEIVED,), State.REFUNDED),
    "exchange": Move((State.RECEIVED,), State.REFUNDED),
}
STORE_MOVES = ("approve", "receive", "refund", "exchange", "decline", "cancel")


def moves_of(*, returned: Return) -> list[str]:
    """What can be done with it as it was read. Imported ones are history."""
    if returned.order_id is None or returned.external_id:
        return []
    return [name for name in STORE_MOVES if returned.state in MOVES[name].sources]


def move_return(
    *, returned: Return, move: str, side: str, actor: User | None, now: datetime, note: str = "", **fields: Any
) -> Return:
    """Move it and write the step down, with these fields set; of two who try, one does it. Inside a transaction.

    Raises WrongState.
    """
    step = MOVES[move]
    assert returned.order_id is not None  # imported ones without a sale have no moves
    # The order before its returns, as everywhere: a step of the return also touches the order.
    Order.objects.select_for_update(of=("self",)).filter(union=returned.union_id, pk=returned.order_id).first()
    mine = Return.objects.filter(
        union=returned.union_id, pk=returned.pk, state__in=step.sources, external_id="", order__isnull=False
    )
    before = returned.state
    if not mine.update(state=step.target, **fields):
        state = Return.objects.values_list("state", flat=True).filter(union=returned.union_id, pk=returned.pk).first()
        raise WrongState(state=state)
    write_step(returned=returned, before=before, to=step.target, side=side, actor=actor, now=now, note=note)
    returned.state = step.target
    for name, value in fields.items():
        setattr(returned, name, value)
    return returned


def write_step(
    *, returned: Return, before: str, to: str, side: str, actor: User | None, now: datetime, note: str
) -> ReturnStep:
    """One line of its history, and the event that tells of it; whoever follows the order sees it too."""
    step = ReturnStep.objects.create(
        union_id=returned.union_id,
        returned=returned,
        from_state=before,
        to_state=to,
        side=side,
        actor=actor,
        note=note[:500],
        at=now,
    )
    assert returned.order_id is not None
    Order.objects.filter(union=returned.union_id, pk=returned.order_id).update(changed_at=now)
    publish(
        RETURN_CHANGED,
        aggregate=f"return:{returned.pk}",
        return_id=returned.pk,
        order_id=returned.order_id,
        to_state=str(to),
        step_id=step.pk,
    )
    return step
