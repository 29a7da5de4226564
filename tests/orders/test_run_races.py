"""Several people at one step, on real threads: exactly one of them does it."""

from collections import Counter
from datetime import timedelta

import pytest

from orders.models import Order, OrderChange, OrderRun, RunStep, StepFigure
from orders.services.cancelling import cancel_order
from orders.services.fulfilment import accept_order, pack_order
from orders.services.procedures import StepWish, add_step, assign, publish_draft
from orders.services.runs.counting import count_closed_steps
from orders.services.runs.doing import do_step, give_step, skip_step, take_step
from orders.services.runs.following import follow_orders
from orders.services.runs.starting import start_runs
from tests.factories.orders import NOW, OrderFactory
from tests.factories.procedures import published, states, steps, walking
from tests.factories.stores import StoreFactory, StoreStaffFactory
from tests.orders.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(hours=1)


def people(store, count):
    return [StoreStaffFactory(store=store, permissions=["orders"]).user for _ in range(count)]


def whole(order: Order) -> Order:
    return Order.objects.select_related("union").get(pk=order.pk)


def free(*wishes):
    return walking(StoreFactory(), *wishes, goods_total=0, delivery_total=0, total=0)


def test_one_of_many_takes_a_step():
    order = free()
    step, staff = steps(order)[0], people(order.store, 8)
    answers = at_once(*[lambda who=who: take_step(step=step, actor=who, now=LATER) for who in staff])
    assert Counter(answers) == {"done": 1, "step_taken": 7}
    assert steps(order)[0].assignee in staff


def test_taken_or_given_but_not_both():
    order = free()
    step, (one, other) = steps(order)[0], people(order.store, 2)
    answers = at_once(
        lambda: take_step(step=step, actor=one, now=LATER), lambda: give_step(step=step, to=other, now=LATER)
    )
    assert sorted(answers) == ["done", "step_taken"]
    assert steps(order)[0].assignee == (one if answers[0] == "done" else other)


def test_a_step_is_done_once_and_the_next_gets_its_turn_once():
    order = free(StepWish("One"), StepWish("Two"), StepWish("Three"))
    step = steps(order)[0]
    answers = at_once(
        *[lambda: do_step(step=step, actor=None, now=LATER)] * 5,
        *[lambda: skip_step(step=step, reason="no", actor=None, now=LATER)] * 3,
    )
    assert Counter(answers) == {"done": 1, "wrong_state": 7}
    assert states(order)[1:] == "ob"


def test_button_and_step_move_the_order_once():
    order = free()
    step = steps(order)[0]
    answers = at_once(
        *[lambda: do_step(step=step, actor=None, now=LATER)] * 3,
        *[lambda: accept_order(order=whole(order), actor=None, now=LATER)] * 3,
    )
    assert Counter(answers) == {"done": 1, "wrong_state": 5}
    assert OrderChange.objects.filter(order=order, to_state="accepted").count() == 1
    assert states(order) == "dobbb"


def test_order_that_moves_while_its_run_begins_is_followed():
    store = StoreFactory()
    assign(store=store, procedure=published(store))
    orders = [OrderFactory(store=store, goods_total=0, delivery_total=0, total=0) for _ in range(4)]

    def both(order):
        accept_order(order=whole(order), actor=None, now=LATER)
        pack_order(order=whole(order), actor=None, now=LATER)

    jobs = [lambda order=order: both(order) for order in orders]
    jobs += [lambda order=order: start_runs(purchase_id=order.purchase_id, now=LATER) for order in orders] * 2
    assert set(at_once(*jobs)) == {"done"}
    assert OrderRun.objects.count() == 4
    assert [states(order) for order in orders] == ["dsdob"] * 4


def test_cancelled_or_done_never_leaves_a_step_waiting():
    order = free(StepWish("One"), StepWish("Two"))
    step = steps(order)[0]
    answers = at_once(
        lambda: do_step(step=step, actor=None, now=LATER),
        lambda: cancel_order(order=whole(order), actor=None, reason="", now=LATER, by_store=True),
    )
    follow_orders(union=order.union, order_ids=[order.pk], now=LATER)
    assert answers[1] == "done"
    assert states(order) == {"done": "dc", "wrong_state": "cc"}[answers[0]]


def test_two_who_publish_make_one_version():
    store = StoreFactory()
    procedure = published(store)
    add_step(procedure=procedure, wish=StepWish("More"))
    answers = at_once(*[lambda: publish_draft(procedure=procedure, actor=None, now=LATER)] * 4)
    assert Counter(answers) == {"done": 1, "wrong_state": 3}
    assert procedure.versions.count() == 2


def test_editors_at_once_add_their_steps_to_one_draft():
    store = StoreFactory()
    procedure = published(store)
    jobs = [lambda n=n: add_step(procedure=procedure, wish=StepWish(f"Step {n}")) for n in range(6)]
    assert at_once(*jobs) == ["done"] * 6
    draft = procedure.versions.get(published_at=None)
    assert [step.position for step in draft.steps.order_by("position")] == list(range(1, 12))


def test_workers_at_once_count_each_step_once():
    order = free(*[StepWish(f"Step {n}") for n in range(6)])
    for _ in range(6):
        do_step(step=RunStep.objects.get(run__order=order, state="open"), actor=None, now=LATER)
    assert at_once(*[lambda: count_closed_steps(now=LATER, most=2)] * 4) == ["done"] * 4
    count_closed_steps(now=LATER)
    assert sum(StepFigure.objects.values_list("closed", flat=True)) == 6
