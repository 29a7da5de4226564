"""A run follows its order: what the ordinary buttons did is done here too, and what is next gets its turn.

Everything here runs under the order's lock, which whoever moves the order holds as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Value, When
from django.utils import translation
from django.utils.translation import gettext as _

from core.outbox import publish_all
from orders.events import RUN_STEP_CLOSED
from orders.models import Order, OrderChange, OrderRun, ProcedureStep, RunStep
from orders.queries.ways import (
    ARRIVED,
    TARGETS,
    has_come_to,
    is_by_button,
    left_behind,
    may_be_passed,
    passed_over,
)
from orders.services.runs.planning import Due, Hours, hours_of, plan
from stores.models import Store
from unions.models import Union

State, Move = RunStep.State, ProcedureStep.Move
GRACE = timedelta(minutes=1)


@transaction.atomic
def follow_orders(*, union: Union, order_ids: Iterable[int], now: datetime) -> int:
    """Bring the runs of these orders to where the orders are; says how many steps were closed by that.

    Steps that move the order to where it is already are done, by whoever moved it (but for signatures, which somebody
    has yet to give); those that it passed over are left out by the same person, where they may be; a cancelled order's
    are called off. May be repeated. One query where no run waits for anything.
    """
    waiting = list(
        RunStep.objects.filter(
            union=union, run__order__in=list(order_ids), run__replaced_at=None, state__in=RunStep.WAITING
        )
        .values_list("run", flat=True)
        .distinct()
    )
    if not waiting:
        return 0
    runs = OrderRun.objects.filter(union=union, pk__in=waiting)
    locked = Order.objects.select_for_update(no_key=True).filter(union=union, pk__in=runs.values("order"))
    list(locked.order_by("pk").values_list("pk"))
    closed = 0
    for run in runs.select_related("order").order_by("order"):
        run.order.union = union
        closed += follow_run(run=run, now=now)
    return closed


def follow_forgotten(*, now: datetime, limit: int = 500) -> int:
    """Follow orders that were cancelled or have arrived and whose steps should have been closed with them; says how
    many steps were closed. Two queries over the open steps where all is as it should be.

    Whatever moves an order follows it in the same transaction. This is for what was left open by earlier versions, or
    is brought in past the services.
    """
    missed = RunStep.objects.filter(left_behind(), run=OuterRef("run"), state__in=RunStep.WAITING)
    waiting = RunStep.objects.filter(
        state=State.OPEN, run__replaced_at=None, run__order__changed_at__lt=now - GRACE
    ).values_list("union", "run__order")
    orders: dict[int, set[int]] = defaultdict(set)
    # One by one: as alternatives of one query, PostgreSQL would read every step for the second.
    for over in (
        waiting.filter(run__order__state=Order.State.CANCELLED),
        waiting.filter(Exists(missed), run__order__state__in=ARRIVED),
    ):
        for union, order in over.order_by("run__order").distinct()[:limit]:
            orders[union].add(order)
    unions = Union.objects.in_bulk(orders)
    return sum(follow_orders(union=unions[union], order_ids=found, now=now) for union, found in sorted(orders.items()))


def follow_run(*, run: OrderRun, now: datetime) -> int:
    """The same for one run whose order's lock is held; `run.order` is as it is now, with its union."""
    order = run.order
    open_steps = RunStep.objects.filter(run=run, state__in=RunStep.WAITING)
    if order.state == Order.State.CANCELLED:
        return open_steps.update(state=State.CALLED_OFF, closed_at=now)
    way = list(RunStep.objects.filter(run=run).select_related("step").defer("signature").order_by("position"))
    passed = passed_over(way, state=order.state)
    changes: list[OrderChange] | None = None
    closed = []
    for step in way:
        values: dict[str, object] = {"state": State.DONE}
        target = TARGETS[Move(step.step.moves)] if is_by_button(step) else ""
        if not target and may_be_passed(step):
            target = passed.get(step.position, "")
            values = {"state": State.SKIPPED, "note": _left_out(order)}
        if step.state not in RunStep.WAITING or not target or not has_come_to(order.state, target):
            continue
        if changes is None:
            changes = list(OrderChange.objects.filter(order=order).order_by("pk"))
        change = _reached(changes, target)
        # An order that was brought in from elsewhere may have come here without anybody's step.
        values |= {"closed_at": change.at, "closed_by": change.actor_id} if change else {"closed_at": order.changed_at}
        # Who took it in the meantime keeps it; what was ticked stays ticked. A deposit may be asked for just now.
        still = open_steps.filter(bill=None) if values["state"] == State.SKIPPED else open_steps
        if still.filter(pk=step.pk).update(**values):
            closed.append(step.pk)
    if closed:
        tell_closed(steps=closed, run=run)
        advance(run=run, now=now)
    return len(closed)


def _left_out(order: Order) -> Case:
    """The reason that stands with what was passed over: what somebody noted there, or that the order went on."""
    with translation.override(order.union.default_language):
        words = _("The order went on without it.")
    return Case(When(note="", then=Value(words)), default=F("note"))


def has_reached(*, order: Order, move: str) -> bool:
    """Whether the order, as it was read, is already where a step with this move brings it."""
    return has_come_to(order.state, TARGETS[Move(move)])


def _reached(changes: list[OrderChange], target: str) -> OrderChange | None:
    """The change by which the order came to this state, or past it."""
    return next((one for one in changes if has_come_to(one.to_state, target)), None)


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
