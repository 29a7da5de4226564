"""A run follows its order: what the ordinary buttons did is done here too, and what is next gets its turn.

Everything here runs under the order's lock, which whoever moves the order holds as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from core.outbox import publish_all
from orders.events import RUN_STEP_CLOSED
from orders.models import Order, OrderChange, OrderRun, ProcedureStep, RunStep
from orders.services.runs.planning import Due, Hours, hours_of, plan
from stores.models import Store
from unions.models import Union

State, Move = RunStep.State, ProcedureStep.Move
BY_PEOPLE = Q(step__moves="") | Q(step__kind=ProcedureStep.Kind.SIGNATURE)
"""Steps that no button of the order does: those that do not move it, and those for which somebody has to sign."""
WAY = (Order.State.PAID, Order.State.ACCEPTED, Order.State.PACKED, Order.State.SHIPPED, Order.State.DELIVERED,
       Order.State.COMPLETED)  # fmt: skip
TARGETS = {
    Move.ACCEPT: Order.State.ACCEPTED,
    Move.PACK: Order.State.PACKED,
    Move.SEND: Order.State.SHIPPED,
    Move.DELIVER: Order.State.DELIVERED,
}
"""Where a step has brought its order when it is done; one handed over at the counter skips `shipped`."""


@transaction.atomic
def follow_orders(*, union: Union, order_ids: Iterable[int], now: datetime) -> int:
    """Bring the runs of these orders to where the orders are; says how many steps were closed by that.

    Steps that move the order to where it is already are done, by whoever moved it (but for signatures, which somebody
    has yet to give); a cancelled order's are called off.
    May be repeated. One query where no run waits for anything.
    """
    waiting = list(
        RunStep.objects.filter(
            union=union, run__order__in=list(order_ids), run__replaced_at=None, state__in=RunStep.WAITING
        )
        .exclude(BY_PEOPLE, run__order__state__in=WAY)
        .values_list("run", flat=True)
        .distinct()
    )
    if not waiting:
        return 0
    runs = OrderRun.objects.filter(union=union, pk__in=waiting)
    locked = Order.objects.select_for_update(no_key=True).filter(union=union, pk__in=runs.values("order"))
    list(locked.order_by("pk").values_list("pk"))
    return sum(follow_run(run=run, now=now) for run in runs.select_related("order").order_by("order"))


def follow_run(*, run: OrderRun, now: datetime) -> int:
    """The same for one run whose order's lock is held; `run.order` is as it is now."""
    order = run.order
    open_steps = RunStep.objects.filter(run=run, state__in=RunStep.WAITING)
    if order.state == Order.State.CANCELLED:
        return open_steps.update(state=State.CALLED_OFF, closed_at=now)
    changes = list(OrderChange.objects.filter(order=order).order_by("pk"))
    closed = 0
    for step in open_steps.exclude(BY_PEOPLE).select_related("step").defer("signature"):
        change = _reached(changes, TARGETS[Move(step.step.moves)]) if order.state in WAY else None
        if change is None:
            continue
        # Who took it in the meantime keeps it; what was ticked before stays ticked.
        closed += open_steps.filter(pk=step.pk).update(state=State.DONE, closed_at=change.at, closed_by=change.actor_id)
        tell_closed(steps=[step.pk], run=run)
    if closed:
        advance(run=run, now=now)
    return closed


def has_reached(*, order: Order, move: str) -> bool:
    """Whether the order, as it was read, is already where a step with this move brings it."""
    return order.state in WAY and WAY.index(Order.State(order.state)) >= WAY.index(TARGETS[Move(move)])


def _reached(changes: list[OrderChange], target: str) -> OrderChange | None:
    """The change by which the order came to this state, or past it."""
    far = WAY.index(Order.State(target))
    return next((one for one in changes if one.to_state in WAY and WAY.index(Order.State(one.to_state)) >= far), None)


def advance(*, run: OrderRun, now: datetime, hours: Hours | None = None) -> None:
    """The first step that waits gets its turn, and all that wait get the time by which they are due.

    Call it under the order's lock.
    """
    steps = list(RunStep.objects.filter(run=run).select_related("step").defer("signature").order_by("position"))
    if hours is None:
        hours = hours_of(store=Store.objects.select_related("union").get(pk=run.store_id))
    dues = plan(steps=[_due(step) for step in steps], paid_at=run.started_at, deadline=run.order.deadline, hours=hours)
    changed, first = [], True
    for step, due in zip(steps, dues, strict=True):
        if step.state not in RunStep.WAITING:
            continue
        before = step.state, step.due_at
        if first and step.state == State.BLOCKED:
            step.state, step.ready_at = State.OPEN, now
        first = False
        step.due_at = due
        if before != (step.state, step.due_at):
            changed.append(step)
    RunStep.objects.bulk_update(changed, ["state", "ready_at", "due_at"])


def tell_closed(*, steps: Iterable[int], run: OrderRun) -> None:
    """Publish that these steps were closed."""
    publish_all([(RUN_STEP_CLOSED, f"order:{run.order_id}", {"run_step_id": step}) for step in steps])


def _due(step: RunStep) -> Due:
    rule = step.step
    return Due(rule.key, rule.due_count, rule.due_unit, rule.due_from, rule.due_key, step.closed_at)
