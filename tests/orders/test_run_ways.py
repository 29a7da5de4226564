"""What an order leaves behind on its way: left out, called off, promised to nobody, in no list of work."""

from datetime import timedelta

import pytest

from orders.models import Bill, Order, RunStep
from orders.queries.runs import promised_steps, work_counts
from orders.services.fulfilment import accept_order, deliver_order, hand_over_order, pack_order, ship_order
from orders.services.procedures import StepWish
from orders.services.runs.deposits import ask_deposit
from orders.services.runs.doing import note_step, skip_step
from orders.services.runs.following import follow_forgotten
from orders.services.runs.mail import send_overdue_mails
from orders.services.runs.overdue import note_overdue_steps
from tests.factories.orders import NOW
from tests.factories.procedures import states, steps, walking
from tests.factories.stores import StoreFactory, StoreStaffFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LATER = NOW + HOUR
ACCEPT, PACK, SEND = StepWish("Accept", moves="accept"), StepWish("Pack", moves="pack"), StepWish("Go", moves="send")
LOOK, CARD = StepWish("Look it over", promise="We look it over"), StepWish("Card", promise="A card comes along")
MUST = StepWish("Weigh", may_be_skipped=False, promise="We weigh it")
SIGN = StepWish("Sign for it", kind="signature", promise="You sign")
ASK = StepWish("Ask how it was", kind="call_back", promise="We ask")


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def packer(store):
    return StoreStaffFactory(store=store, permissions=["orders"]).user


def whole(order: Order) -> Order:
    return Order.objects.select_related("union").get(pk=order.pk)


def free(store, *wishes, **order):
    return walking(store, *wishes, goods_total=0, delivery_total=0, total=0, **order)


def at_counter(order, actor):
    """Through all its states by the ordinary buttons."""
    for number, press in enumerate((accept_order, pack_order, hand_over_order), 1):
        press(order=whole(order), actor=actor, now=NOW + number * HOUR)


def promises(order) -> list[str]:
    return [one.step.promise for one in promised_steps([whole(order)]).get(order.pk, []) if one.state in one.WAITING]


WAYS = [
    # What stands before a move is left out, what stands behind the sending is meant for then.
    ((ACCEPT, LOOK, PACK, SEND, CARD, ASK), "dsddob", ["A card comes along", "We ask"]),
    # Nothing may leave these out by itself, yet the shopper is promised them no more.
    ((MUST, ACCEPT, LOOK, SIGN, PACK, SEND, ASK), "odsbddb", ["We ask"]),
    # Where no step delivers, what is done at the shopper's begins what comes after.
    ((ACCEPT, LOOK, CARD), "dss", []),
    ((LOOK, ASK, CARD), "sob", ["We ask", "A card comes along"]),
    ((ASK, PACK, CARD), "sdo", ["A card comes along"]),
]


@pytest.mark.parametrize(("wishes", "left", "told"), WAYS)
def test_order_leaves_behind_what_it_has_passed(store, packer, wishes, left, told):
    order = free(store, *wishes, delivery_kind="pickup")
    at_counter(order, packer)
    assert (states(order), promises(order)) == (left, told)
    assert {one.closed_by for one in steps(order) if one.state in ("done", "skipped")} <= {packer}
    assert follow_forgotten(now=NOW + timedelta(days=1)) == 0


@pytest.mark.parametrize(("wishes", "left", "told"), WAYS)
def test_what_was_missed_is_caught_up_with(store, packer, wishes, left, told):
    order = free(store, *wishes, delivery_kind="pickup")
    Order.objects.filter(pk=order.pk).update(state="delivered", changed_at=LATER)
    assert follow_forgotten(now=LATER) == 0  # whoever moves it may be just about to
    assert promises(order) == told
    assert follow_forgotten(now=LATER + HOUR) == sum(state in "ds" for state in left)
    assert (states(order), promises(order)) == (left, told)
    assert {one.closed_at for one in steps(order) if one.state in ("done", "skipped")} == {LATER}
    assert follow_forgotten(now=LATER + HOUR) == 0


def test_no_step_of_a_cancelled_order_is_anybodys_work(store, packer):
    order = free(store, StepWish("Accept", moves="accept", promise="At once", due_count=1, due_from="paid"), LOOK)
    late = NOW + 3 * HOUR
    assert work_counts(store, packer, allowed=["orders"], now=late)["late"] == 1
    Order.objects.filter(pk=order.pk).update(state="cancelled", changed_at=LATER)
    assert work_counts(store, packer, allowed=["orders"], now=late) == {"mine": 0, "free": 0, "late": 0, "all": 0}
    assert (note_overdue_steps(now=late), promises(order)) == (0, [])
    assert send_overdue_mails(store=store, step_ids=[steps(order)[0].pk]) == 0
    assert (follow_forgotten(now=late), states(order), follow_forgotten(now=late)) == (2, "cc", 0)


def test_step_that_an_arrived_order_has_made_is_nobodys_work(store, packer):
    order = free(store, StepWish("Accept", moves="accept", due_count=1, due_from="paid"), ASK)
    Order.objects.filter(pk=order.pk).update(state="completed", changed_at=LATER)
    late = NOW + 3 * HOUR
    assert work_counts(store, packer, allowed=["orders"], now=late)["all"] == 0
    assert note_overdue_steps(now=late) == 0
    assert (follow_forgotten(now=late), states(order)) == (1, "do")
    assert work_counts(store, packer, allowed=["orders"], now=late)["all"] == 1


def test_what_was_noted_in_a_step_stays_its_reason(store, packer):
    order = free(store, LOOK, ACCEPT)
    note_step(step=steps(order)[0], ticked=[], note="The lamp is out", actor=packer, now=LATER)
    accept_order(order=whole(order), actor=packer, now=LATER)
    assert (states(order), steps(order)[0].note) == ("sd", "The lamp is out")


def test_reason_is_written_in_the_unions_language(store, packer):
    store.union.languages = ["ko", "en"]
    store.union.save()
    order = free(store, LOOK, ACCEPT)
    accept_order(order=whole(order), actor=packer, now=LATER)
    assert steps(order)[0].note not in ("", "The order went on without it.")


def test_deposit_that_was_asked_for_waits_for_its_payment(store, packer):
    order = free(store, StepWish("Deposit", kind="take_deposit", deposit=2500), ACCEPT)
    ask_deposit(step=steps(order)[0], actor=packer, now=LATER)
    accept_order(order=whole(order), actor=packer, now=LATER)
    assert (states(order), Bill.objects.count()) == ("od", 1)
    other = free(store, StepWish("Deposit", kind="take_deposit", deposit=2500), ACCEPT)
    accept_order(order=whole(other), actor=packer, now=LATER)
    assert states(other) == "sd"


def test_who_passed_a_step_left_it_out(store, packer):
    order, other = free(store, ACCEPT, LOOK, PACK, CARD, SEND), StoreStaffFactory(store=store).user
    accept_order(order=whole(order), actor=packer, now=LATER)
    assert states(order) == "dobbb"
    pack_order(order=whole(order), actor=packer, now=LATER)
    assert states(order) == "dsdob"
    ship_order(order=whole(order), actor=other, now=LATER + HOUR, carrier="Royal Mail")
    assert states(order) == "dsdsd"
    assert [one.closed_by for one in steps(order)] == [packer, packer, packer, other, other]
    deliver_order(order=whole(order), actor=other, now=LATER + HOUR)
    assert states(order) == "dsdsd"


def test_what_people_left_out_keeps_who_and_why(store, packer):
    order = free(store, LOOK, ACCEPT)
    skip_step(step=steps(order)[0], reason="In a hurry", actor=packer, now=NOW)
    accept_order(order=whole(order), actor=None, now=LATER)
    found = RunStep.objects.get(run__order=order, position=1)
    assert (found.note, found.closed_by, found.closed_at) == ("In a hurry", packer, NOW)
