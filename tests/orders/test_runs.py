"""Orders on their way: started after the payment, following their order, done by people."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from django_scopes import scopes_disabled

from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.outbox import deliver_waiting
from orders.errors import CaptureFailed, ChecklistOpen, StepTaken
from orders.models import Bill, Order, OrderRun, ProcedureAssignment, RunStep
from orders.queries.runs import promised_steps, run_of, step_to_do, work_counts, work_of
from orders.services.cancelling import cancel_order
from orders.services.fulfilment import accept_order, pack_order, ship_order
from orders.services.procedures import StepWish, add_step, assign, publish_draft
from orders.services.runs.deposits import ask_deposit
from orders.services.runs.doing import Parcel, do_step, finish_paid_deposit, give_step, note_step, skip_step, take_step
from orders.services.runs.following import follow_orders
from orders.services.runs.starting import choose_procedure, start_runs
from tests.factories.orders import NOW, OrderFactory
from tests.factories.procedures import published, run, states, steps, walking
from tests.factories.stores import StoreFactory, StoreStaffFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LATER = NOW + HOUR


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def packer(store):
    return StoreStaffFactory(store=store, permissions=["orders"]).user


def whole(order: Order) -> Order:
    return Order.objects.select_related("union").get(pk=order.pk)


def free(store, **order):
    """On its way, with nothing to pay: accepting needs no bank."""
    return walking(store, goods_total=0, delivery_total=0, total=0, **order)


def test_paid_order_walks_by_the_version_that_stood_when_it_was_paid(store):
    procedure = published(store)
    assign(store=store, procedure=procedure)
    order = OrderFactory(store=store)
    add_step(procedure=procedure, wish=StepWish("Thank you"))
    publish_draft(procedure=procedure, actor=None, now=LATER)
    assert start_runs(purchase_id=order.purchase_id, now=LATER + HOUR) == 1
    assert start_runs(purchase_id=order.purchase_id, now=LATER + HOUR) == 0
    assert (run(order).version.number, run(order).started_at, states(order)) == (1, NOW, "obbbb")
    first = steps(order)[0]
    assert (first.due_at, first.ready_at) == (NOW + 2 * HOUR, LATER + HOUR)
    later = OrderFactory(store=store)
    later.changes.update(at=LATER + HOUR)
    start_runs(purchase_id=later.purchase_id, now=LATER + HOUR)
    assert (run(later).version.number, len(steps(later))) == (2, 6)


@pytest.mark.parametrize("state", ["placed", "cancelled"])
def test_order_that_is_not_paid_walks_nowhere(store, state):
    order = walking(store, state=state)
    assert OrderRun.objects.filter(order=order).count() == 0


def test_order_without_a_procedure_needs_none(store):
    order = OrderFactory(store=store)
    assert start_runs(purchase_id=order.purchase_id, now=NOW) == 0
    accept = whole(OrderFactory(store=store, goods_total=0, delivery_total=0, total=0))
    assert accept_order(order=accept, actor=None, now=NOW).state == "accepted"


def test_ordinary_buttons_do_the_matching_steps(store, packer):
    order = free(store)
    accept_order(order=whole(order), actor=packer, now=LATER)
    first = steps(order)[0]
    assert (states(order), first.closed_by, first.closed_at) == ("dobbb", packer, LATER)
    # The check of quality was passed over: left out by who packed.
    pack_order(order=whole(order), actor=packer, now=LATER)
    check = steps(order)[1]
    assert (states(order), check.closed_by, check.closed_at) == ("dsdob", packer, LATER)
    assert check.note == "The order went on without it."
    ship_order(order=whole(order), actor=None, now=LATER + HOUR, carrier="Royal Mail")
    assert (states(order), steps(order)[1].closed_by) == ("dsddo", packer)
    assert follow_orders(union=order.union, order_ids=[order.pk], now=LATER) == 0


def test_step_moves_the_order_through_all_that_lies_between(store, packer):
    order = walking(
        store,
        StepWish("All at once", moves="send", due_count=1, due_from="paid"),
        goods_total=0,
        delivery_total=0,
        total=0,
    )
    step = steps(order)[0]
    with pytest.raises(Invalid) as refusal:
        do_step(step=step, actor=packer, now=LATER)
    assert refusal.value.field == "carrier"
    done = do_step(step=step, actor=packer, now=LATER, parcel=Parcel("Royal Mail", "JV1"))
    assert (done.state, done.closed_by) == ("done", packer)
    order = whole(order)
    assert (order.state, [change.to_state for change in order.changes.all()][1:]) == (
        "shipped",
        ["accepted", "packed", "shipped"],
    )
    assert order.shipments.get().tracking_number == "JV1"


def test_counter_order_is_handed_over_by_the_step_that_sends(store, packer):
    order = walking(
        store, StepWish("Hand over", moves="send"), StepWish("Arrived", moves="deliver"),
        delivery_kind="pickup", goods_total=0, delivery_total=0, total=0,
    )  # fmt: skip
    do_step(step=steps(order)[0], actor=packer, now=LATER)
    assert (whole(order).state, states(order)) == ("delivered", "dd")


def test_refused_payment_leaves_the_step_open(store, packer):
    order = walking(store)
    with pytest.raises(CaptureFailed):
        do_step(step=steps(order)[0], actor=packer, now=LATER)
    assert (whole(order).state, states(order)) == ("paid", "obbbb")


def test_everything_on_the_checklist_is_ticked_first(store, packer):
    order = free(store)
    accept_order(order=whole(order), actor=packer, now=LATER)
    check = note_step(step=steps(order)[1], ticked=[1], note="Lights fine", actor=packer, now=LATER)
    assert (check.ticked, check.assignee) == ([1], packer)
    with pytest.raises(ChecklistOpen) as refusal:
        do_step(step=check, actor=packer, now=LATER)
    assert refusal.value.facts == {"missing": ["Brakes"]}
    with pytest.raises(Invalid):
        note_step(step=check, ticked=[2], actor=packer, now=LATER)
    check = note_step(step=check, ticked=[0, 1], note="Both fine", actor=packer, now=LATER)
    done = do_step(step=check, actor=packer, now=LATER)
    assert (done.state, done.note, states(order)) == ("done", "Both fine", "ddobb")
    with pytest.raises(WrongState):
        note_step(step=done, ticked=[], actor=packer, now=LATER)


def test_due_times_are_counted_anew_from_what_really_happened(store, packer):
    order = free(store, deadline=NOW + timedelta(days=6))
    planned = [step.due_at for step in steps(order)]
    assert planned[:4] == [NOW + 2 * HOUR, NOW + 26 * HOUR, NOW + 26.5 * HOUR, NOW + timedelta(days=5)]
    accept_order(order=whole(order), actor=packer, now=NOW + 5 * HOUR)
    assert [step.due_at for step in steps(order)][1:4] == [NOW + 29 * HOUR, NOW + 29.5 * HOUR, NOW + timedelta(days=5)]


def test_step_is_taken_and_handed_over(store, packer):
    order = free(store)
    colleague = StoreStaffFactory(store=store, permissions=["orders"]).user
    talker = StoreStaffFactory(store=store, permissions=["console"]).user
    step = take_step(step=steps(order)[0], actor=packer, now=LATER)
    assert take_step(step=step, actor=packer, now=LATER).assignee == packer
    with pytest.raises(StepTaken) as refusal:
        take_step(step=step, actor=colleague, now=LATER)
    assert refusal.value.facts == {"by": str(packer)}
    with pytest.raises(Invalid):
        give_step(step=step, to=talker, now=LATER)
    given = give_step(step=step, to=colleague, now=LATER)
    assert given.assignee == colleague
    with pytest.raises(StepTaken):
        give_step(step=step, to=None, now=LATER)
    assert give_step(step=given, to=None, now=LATER).assignee is None


def test_step_may_be_left_out_only_with_a_reason_and_where_that_is_allowed(store, packer):
    order = walking(store, StepWish("Must", may_be_skipped=False), StepWish("May"))
    must, may = steps(order)
    with pytest.raises(Invalid):
        skip_step(step=must, reason="No", actor=packer, now=LATER)
    with pytest.raises(WrongState):
        skip_step(step=may, reason="Not its turn", actor=packer, now=LATER)
    do_step(step=must, actor=packer, now=LATER)
    with pytest.raises(Invalid):
        skip_step(step=may, reason="  ", actor=packer, now=LATER)
    skipped = skip_step(step=may, reason="Not asked for", actor=packer, now=LATER)
    assert (skipped.state, skipped.note, states(order)) == ("skipped", "Not asked for", "ds")


def test_cancelled_order_calls_its_steps_off(store, packer):
    order = free(store)
    cancel_order(order=whole(order), actor=packer, reason="Out of flour", now=LATER, by_store=True)
    with pytest.raises(WrongState):
        skip_step(step=steps(order)[0], reason="x", actor=packer, now=LATER)
    with pytest.raises(WrongState):
        do_step(step=steps(order)[0], actor=packer, now=LATER)
    assert (states(order), steps(order)[0].closed_at) == ("ccccc", LATER)
    assert follow_orders(union=order.union, order_ids=[order.pk], now=LATER) == 0


def test_one_order_is_given_another_way(store, packer):
    order = free(store)
    accept_order(order=whole(order), actor=packer, now=LATER)
    before = run(order)
    other = published(store, StepWish("Accept", moves="accept"), StepWish("Wrap as a gift"), name="Gift")
    chosen = choose_procedure(order=order, procedure=other, actor=packer, now=LATER + HOUR)
    assert states(order) == "do"
    assert choose_procedure(order=order, procedure=other, actor=packer, now=LATER + HOUR) == chosen
    before.refresh_from_db()
    assert before.replaced_at == LATER + HOUR
    assert [step.state for step in RunStep.objects.filter(run=before).order_by("position")] == ["done"] + [
        "called_off"
    ] * 4
    assert ProcedureAssignment.objects.get(order=order).procedure == other
    with pytest.raises(Invalid):
        choose_procedure(order=order, procedure=published(StoreFactory(union=store.union)), actor=packer, now=LATER)
    Order.objects.filter(pk=order.pk).update(state="delivered")
    with pytest.raises(WrongState):
        choose_procedure(order=order, procedure=before.version.procedure, actor=packer, now=LATER)


def test_deposit_is_asked_for_once_and_done_when_paid(store, packer):
    order = walking(store, StepWish("Deposit", kind="take_deposit", deposit=2500), StepWish("Next"))
    step = steps(order)[0]
    bill = ask_deposit(step=step, actor=packer, now=LATER)
    assert (bill.email, bill.payment.amount, bill.title) == ("ada@example.com", 2500, f"Deposit, order {order.number}")
    with pytest.raises(WrongState):
        ask_deposit(step=step, actor=packer, now=LATER)
    assert Bill.objects.count() == 1
    assert finish_paid_deposit(bill_id=bill.pk, now=LATER + HOUR) is True
    assert finish_paid_deposit(bill_id=bill.pk, now=LATER + HOUR) is False
    assert states(order) == "do"


def test_work_is_seen_by_those_who_may_do_it(store, packer):
    order = free(store)
    talker = StoreStaffFactory(store=store, permissions=["console"]).user
    now = NOW + 3 * HOUR
    assert work_counts(store, packer, allowed=["orders"], now=now) == {"mine": 0, "free": 1, "late": 1, "all": 1}
    assert work_counts(store, talker, allowed=["console"], now=now) == {"mine": 0, "free": 0, "late": 0, "all": 0}
    take_step(step=steps(order)[0], actor=packer, now=LATER)
    assert [step.run.order.number for step in work_of(store, packer, view="mine", allowed=[], now=now)] == [
        order.number
    ]
    assert step_to_do(store, order.number, 1, user=packer, allowed=[]).pk == steps(order)[0].pk
    with pytest.raises(NotAllowed):
        step_to_do(store, order.number, 1, user=talker, allowed=["console"])
    with pytest.raises(NotFound):
        step_to_do(StoreFactory(union=store.union), order.number, 1, user=packer, allowed=["orders"])


@pytest.mark.parametrize("count", [1, 3])
def test_work_costs_one_query_for_any_number(store, packer, count, django_assert_num_queries):
    assign(store=store, procedure=published(store))
    for _ in range(count):
        start_runs(purchase_id=OrderFactory(store=store).purchase_id, now=NOW)
    with django_assert_num_queries(1):
        rows = list(work_of(store, packer, view="all", allowed=["orders"], now=NOW))
        assert [(row.step.title, row.run.order.purchase.recipient, row.run.version.procedure.name) for row in rows] == [
            ("Confirm", "Ada Trevithick", "By hand")
        ] * count
    with django_assert_num_queries(2):
        found = run_of(rows[0].run.order)
        assert found.way[0].step.title == "Confirm"
    with django_assert_num_queries(1):
        assert sum(map(len, promised_steps([row.run.order for row in rows]).values())) == count


def test_events_start_runs_and_tell_the_shopper(store, packer):
    with scopes_disabled():
        order = free(store)
        accept_order(order=whole(order), actor=packer, now=LATER)
        check = note_step(step=steps(order)[1], ticked=[0, 1], actor=packer, now=LATER)
        do_step(step=check, actor=packer, now=LATER)
    deliver_waiting(now=timezone.now())
    from orders.tasks import mail_order, mail_run_step

    mail.outbox.clear()
    mail_order(order.pk, "accepted")
    assert "What comes next" not in mail.outbox[0].body
    mail_run_step(check.pk)
    assert (mail.outbox[1].to, "We check your bike" in mail.outbox[1].body) == (["ada@example.com"], True)
    assert order.number in mail.outbox[1].subject
