"""Procedures of a store, published and used, and orders on their way by them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django_scopes import scopes_disabled

from orders.models import Order, OrderRun, Procedure, RunStep
from orders.services.procedures import StepWish, add_step, assign, create_procedure, publish_draft
from orders.services.runs.starting import start_runs
from stores.models import Store
from tests.factories.orders import NOW, OrderFactory

WAY = (
    StepWish("Confirm", kind="confirm", moves="accept", due_count=2, due_from="paid"),
    StepWish("Check the bike", kind="quality_check", promise="We check your bike", tells=True, due_count=1,
             due_unit="days", checklist=("Brakes", "Lights")),
    StepWish("Pack", kind="pack", moves="pack", due_count=30, due_unit="minutes"),
    StepWish("Send", kind="deliver", moves="send", due_count=1, due_unit="days", due_from="deadline"),
    StepWish("Call back", kind="call_back", due_count=3, due_unit="working_days", permission="console"),
)  # fmt: skip


def published(store: Store, *wishes: StepWish, name: str = "By hand", at: datetime = NOW) -> Procedure:
    """A procedure of the store with these steps (or WAY), published an hour before `at`."""
    procedure = create_procedure(union=store.union, store=store, name=name, now=at - timedelta(hours=1))
    for wish in wishes or WAY:
        add_step(procedure=procedure, wish=wish)
    publish_draft(procedure=procedure, actor=None, now=at - timedelta(hours=1))
    return procedure


def walking(store: Store, *wishes: StepWish, now: datetime = NOW, **order: Any) -> Order:
    """A paid order of a store whose orders all walk by these steps (or WAY)."""
    with scopes_disabled():
        assign(store=store, procedure=published(store, *wishes, at=now))
        made = OrderFactory(store=store, **{"state": "paid", **order})
        made.changes.update(at=now)
        start_runs(purchase_id=made.purchase_id, now=now)
        return made


def steps(order: Order) -> list[RunStep]:
    """Its steps as they are now."""
    return list(RunStep.objects.filter(run__order=order, run__replaced_at=None).order_by("position"))


def states(order: Order) -> str:
    """The first letters: `d` done, `o` open, `b` blocked, `s` skipped, `c` called off."""
    return "".join(step.state[0] for step in steps(order))


def run(order: Order) -> OrderRun:
    return OrderRun.objects.get(order=order, replaced_at=None)
