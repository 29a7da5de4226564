"""A paid order begins to walk by the procedure that is meant for it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from core.errors import Invalid, WrongState
from orders.models import (
    Order,
    OrderChange,
    OrderRun,
    Procedure,
    ProcedureAssignment,
    ProcedureStep,
    ProcedureVersion,
    RunStep,
)
from orders.queries.procedures import newest_version, version_for
from orders.services.runs.following import advance, follow_run
from orders.services.runs.planning import hours_of
from stores.models import Store

OVER = (Order.State.PLACED, Order.State.CANCELLED)
WALKING = (*Order.WAITING, Order.State.SHIPPED)


@transaction.atomic
def start_runs(*, purchase_id: int, now: datetime) -> int:
    """Every paid order of the purchase for which a procedure is meant gets its run, by the version that stood when it
    was paid. Says how many began; repeating begins nothing again.
    """
    orders = Order.objects.select_for_update(of=("self",), no_key=True).filter(purchase=purchase_id)
    begun = 0
    for order in orders.exclude(state__in=OVER).select_related("union").order_by("pk"):
        if OrderRun.objects.filter(union=order.union_id, order=order, replaced_at=None).exists():
            continue
        paid_at = _paid_at(order)
        version = version_for(order, at=paid_at)
        if version is not None:
            _begin(order, version, paid_at=paid_at, now=now)
            begun += 1
    return begun


@transaction.atomic
def choose_procedure(*, order: Order, procedure: Procedure, actor: User | None, now: datetime) -> OrderRun:
    """This order alone walks by that procedure from here on. What was done by the one before stays on record; steps
    that the order has behind it already are done.

    Raises Invalid for a procedure that is not the store's or not published, WrongState for an order that is over.
    """
    if procedure.store_id != order.store_id or procedure.retired_at is not None:
        raise Invalid(field="procedure")
    version = newest_version(procedure)
    if version is None:
        raise Invalid(field="procedure")
    found = (
        Order.objects.select_for_update(of=("self",), no_key=True)
        .select_related("union")
        .get(union=order.union_id, pk=order.pk)
    )
    if found.state not in WALKING:
        raise WrongState(state=found.state)
    current = OrderRun.objects.filter(union=order.union_id, order=order, replaced_at=None).first()
    if current is not None:
        if current.version_id == version.pk:
            return current
        RunStep.objects.filter(run=current, state__in=RunStep.WAITING).update(
            state=RunStep.State.CALLED_OFF, closed_at=now, closed_by=actor
        )
        OrderRun.objects.filter(pk=current.pk).update(replaced_at=now)
    ProcedureAssignment.objects.update_or_create(
        union_id=order.union_id,
        store_id=order.store_id,
        order=order,
        category=None,
        product=None,
        defaults={"procedure": procedure},
    )
    return _begin(found, version, paid_at=_paid_at(found), now=now)


def _paid_at(order: Order) -> datetime:
    """When it was paid; orders that were brought in from elsewhere have only when they were placed."""
    at = OrderChange.objects.filter(order=order, to_state=Order.State.PAID).values_list("at", flat=True).first()
    return at or order.placed_at


def _begin(order: Order, version: ProcedureVersion, *, paid_at: datetime, now: datetime) -> OrderRun:
    run = OrderRun.objects.create(
        union_id=order.union_id, order=order, store_id=order.store_id, version=version, started_at=paid_at
    )
    run.order = order
    steps = ProcedureStep.objects.filter(version=version).order_by("position")
    RunStep.objects.bulk_create(
        RunStep(
            union_id=order.union_id,
            store_id=order.store_id,
            run=run,
            step=step,
            position=position,
            assignee_id=step.person_id,
            taken_at=now if step.person_id else None,
        )
        for position, step in enumerate(steps, 1)
    )
    hours = hours_of(store=Store.objects.select_related("union").get(pk=order.store_id))
    if not follow_run(run=run, now=now):
        advance(run=run, now=now, hours=hours)
    return run
