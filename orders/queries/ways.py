"""Where an order is on its way: which of its steps it has reached, and which it has passed over."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q

from orders.models import Order, ProcedureStep, RunStep

Kind, Move = ProcedureStep.Kind, ProcedureStep.Move
WAY = (Order.State.PAID, Order.State.ACCEPTED, Order.State.PACKED, Order.State.SHIPPED, Order.State.DELIVERED,
       Order.State.COMPLETED)  # fmt: skip
ARRIVED = (Order.State.DELIVERED, Order.State.COMPLETED)
TARGETS = {
    Move.ACCEPT: Order.State.ACCEPTED,
    Move.PACK: Order.State.PACKED,
    Move.SEND: Order.State.SHIPPED,
    Move.DELIVER: Order.State.DELIVERED,
}
"""Where a step has brought its order when it is done; one handed over at the counter skips `shipped`."""
LEAVES = (Move.SEND, Move.DELIVER)
AFTERWARDS = (Kind.INSTALL, Kind.CALL_BACK)
"""Kinds of steps that are taken at the shopper's: they begin what comes after the delivery where no step delivers."""

BY_BUTTON = ~Q(step__moves="") & ~Q(step__kind=Kind.SIGNATURE)
"""Steps that the order's buttons do: those that move it, unless somebody has to sign for that."""
IS_OVER = Q(run__order__state=Order.State.CANCELLED) | Q(run__order__state__in=ARRIVED) & BY_BUTTON
"""Steps that are nobody's work any more, whatever is written in them: nothing of the order is left to be done there."""


def has_come_to(state: str, target: str) -> bool:
    """Whether an order in this state is there, or further."""
    return state in WAY and WAY.index(Order.State(state)) >= WAY.index(Order.State(target))


def is_by_button(step: RunStep) -> bool:
    """BY_BUTTON, of a step that was read."""
    return bool(step.step.moves) and step.step.kind != Kind.SIGNATURE


def may_be_passed(step: RunStep) -> bool:
    """Whether it counts as left out once the order has passed it.

    What may not be left out stays to be done, so does a signature, and a deposit that was asked for until it is paid.
    """
    return step.step.may_be_skipped and step.step.kind != Kind.SIGNATURE and step.bill_id is None


def passed_over(steps: Sequence[RunStep], *, state: str) -> dict[int, str]:
    """Of the steps of one order by position (each with its `step`), those that move nothing and that an order in this
    state has left behind, by position; with the state by which it did.

    Those are the steps before one that moved the order to where it is, and after the delivery all but those meant for
    then: what stands behind the step that sends or delivers, or else from the first that is taken at the shopper's on.
    """
    found: dict[int, str] = {}
    before: list[int] = []
    is_after = False
    for step in steps:
        rule = step.step
        if not rule.moves:
            is_after = is_after or rule.kind in AFTERWARDS
            before.append(step.position)
            if not is_after and state in ARRIVED:
                found[step.position] = Order.State.DELIVERED
            continue
        target = TARGETS[Move(rule.moves)]
        if not has_come_to(state, target):
            break
        found |= dict.fromkeys(before, target)
        before, is_after = [], is_after or rule.moves in LEAVES
    return found


def left_behind() -> Q:
    """For waiting steps of orders that have arrived: those that should have been closed with the order.

    The same rule as `passed_over` and `may_be_passed` for the database: where the order has arrived all moves are made.
    """
    same = RunStep.objects.filter(run=OuterRef("run"))
    later_move = same.filter(position__gt=OuterRef("position")).exclude(step__moves="")
    begun = Q(step__moves__in=LEAVES) | Q(step__moves="", step__kind__in=AFTERWARDS)
    meant_for_then = same.filter(begun, position__lte=OuterRef("position"))
    passed = Q(step__moves="", step__may_be_skipped=True, bill=None) & ~Q(step__kind=Kind.SIGNATURE)
    return BY_BUTTON | passed & (Q(Exists(later_move)) | ~Q(Exists(meant_for_then)))
