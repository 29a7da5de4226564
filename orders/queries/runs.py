"""Orders on their way: one order's steps, the work of a store and of a person, what shoppers were promised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet

from accounts.models import User
from core.errors import NotAllowed, NotFound
from orders.models import Order, OrderRun, RunStep
from orders.queries.ways import ARRIVED, IS_OVER, passed_over
from stores.models import Store

WORK = ("mine", "free", "late", "all")
"""The tabs of the work list: taken by me, taken by nobody, overdue, everything."""


def run_of(order: Order) -> OrderRun | None:
    """By what the order walks: version, procedure and, as `way`, its steps with people. Two queries."""
    run = (
        OrderRun.objects.filter(union=order.union_id, order=order, replaced_at=None)
        .select_related("version__procedure")
        .first()
    )
    if run is not None:
        run.order = order
        run.way = list(  # type: ignore[attr-defined]
            _without_drawing(RunStep.objects.filter(run=run))
            .select_related("step", "assignee", "closed_by", "bill__payment")
            .order_by("position")
        )
    return run


def _without_drawing(steps: QuerySet[RunStep]) -> QuerySet[RunStep]:
    """The steps knowing whether somebody drew a signature (`is_drawn`), which a page asks for by itself."""
    return steps.defer("signature").annotate(is_drawn=Q(signature__isnull=False))


def work_of(store: Store, user: User, *, view: str, allowed: Iterable[str], now: datetime) -> QuerySet[RunStep]:
    """Open steps of the store's orders, what is due first on top, each with its step, order and who has taken it.

    `allowed`: a person sees what they may do, and what was given to them. Nothing of an order that is over.
    """
    steps = (
        RunStep.objects.filter(union=store.union_id, store=store, state=RunStep.State.OPEN, run__replaced_at=None)
        .filter(Q(assignee=user) | Q(step__permission__in=list(allowed)))
        .exclude(IS_OVER)
    )
    if view == "mine":
        steps = steps.filter(assignee=user)
    elif view == "free":
        steps = steps.filter(assignee=None)
    elif view == "late":
        steps = steps.filter(due_at__lt=now)
    along = ("step", "assignee", "run__order__purchase", "run__version__procedure")
    return steps.select_related(*along).defer("signature").order_by(F("due_at").asc(nulls_last=True), "pk")


def work_counts(store: Store, user: User, *, allowed: Iterable[str], now: datetime) -> dict[str, int]:
    """How many open steps each tab has, by one query."""
    counts: dict[str, int] = (
        work_of(store, user, view="all", allowed=allowed, now=now)
        .order_by()
        .aggregate(
            mine=Count("pk", filter=Q(assignee=user)),
            free=Count("pk", filter=Q(assignee=None)),
            late=Count("pk", filter=Q(due_at__lt=now)),
            all=Count("pk"),
        )
    )
    return counts


def run_step(store: Store, number: str, position: int) -> RunStep:
    """A step of one of the store's orders on their way, with its step, run, order and people. Raises NotFound."""
    along = ("step", "assignee", "closed_by", "bill__payment", "run__order__purchase", "run__version__procedure")
    found = _without_drawing(_at_place(store, number, position)).select_related(*along).first()
    if found is None:
        raise NotFound
    found.union = found.run.union = found.run.order.union = store.union
    found.store = found.run.order.store = store
    return found


def _at_place(store: Store, number: str, position: int) -> QuerySet[RunStep]:
    return RunStep.objects.filter(
        union=store.union_id, store=store, run__order__number=number, run__replaced_at=None, position=position
    )


def drawn_at(store: Store, number: str, position: int, *, user: User, allowed: Iterable[str]) -> bytes:
    """The signature that was drawn in a step, for who sees the step. Raises NotFound; NotAllowed for everybody else."""
    found = _at_place(store, number, position).filter(signature__isnull=False).select_related("step").first()
    if found is None or found.signature is None:
        raise NotFound
    if found.step.permission not in set(allowed) and found.assignee_id != user.pk:
        raise NotAllowed
    return bytes(found.signature)


def step_to_do(store: Store, number: str, position: int, *, user: User, allowed: Iterable[str]) -> RunStep:
    """The same for someone who wants to work on it. Raises NotFound; NotAllowed for who may not do this kind of work
    and was not given it.
    """
    found = run_step(store, number, position)
    if found.step.permission not in set(allowed) and found.assignee_id != user.pk:
        raise NotAllowed
    return found


def promised_steps(orders: Iterable[Order]) -> dict[int, list[RunStep]]:
    """By order, the steps of which its shopper is told, in their order; one query.

    Nothing is promised any more that the order has left behind, also where the store has yet to do it.
    """
    states = {order.pk: order.state for order in orders}
    steps = (
        RunStep.objects.filter(run__order__in=list(states), run__replaced_at=None)
        .select_related("step", "run")
        .defer("signature")
        .order_by("position")
    )
    ways = defaultdict(list)
    for step in steps:
        ways[step.run.order_id].append(step)
    return {order: _promised(way, state=states[order]) for order, way in ways.items()}


def _promised(way: list[RunStep], *, state: str) -> list[RunStep]:
    passed = passed_over(way, state=state)

    def is_told(step: RunStep) -> bool:
        if not step.step.promise:
            return False
        if step.state not in RunStep.WAITING:
            return True
        is_reached = state in ARRIVED and bool(step.step.moves)
        return state != Order.State.CANCELLED and step.position not in passed and not is_reached

    return [step for step in way if is_told(step)]
