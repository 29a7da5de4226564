"""Steps that get a signature: drawn as at the counter, or by name; never without the name, also in the database."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from PIL import Image

from core.errors import Invalid, WrongState
from orders.models import HandOver, Order, RunStep
from orders.queries.runs import run_of, run_step
from orders.services.fulfilment import deliver_order
from orders.services.handing import ProofNeeded, ask_for_proof, hand_over_order
from orders.services.procedures import StepWish
from orders.services.runs.doing import do_step, note_step, skip_step
from orders.services.runs.following import follow_orders
from tests.factories.orders import NOW
from tests.factories.procedures import states, steps, walking
from tests.factories.stores import StoreFactory, StoreStaffFactory
from tests.orders.test_hand_over import drawing
from tests.orders.test_races import at_once

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
SIGN = StepWish("Sign", kind="signature")
HUGE = SimpleUploadedFile("signature.png", drawing().read() + b"\0" * 1_000_000)


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def packer(store):
    return StoreStaffFactory(store=store, permissions=["orders"]).user


def noted(order, actor, *, place=0, name="Ada  Trevithick", now=LATER, **drawn) -> RunStep:
    return note_step(step=steps(order)[place], ticked=[], signed_by=name, actor=actor, now=now, **drawn)


def state_of(order) -> str:
    return Order.objects.values_list("state", flat=True).get(pk=order.pk)


def test_a_signature_is_drawn_anew_and_kept_with_its_name(store, packer):
    order, sent = walking(store, SIGN), drawing()
    done = do_step(step=noted(order, packer, drawing=sent), actor=packer, now=LATER)
    kept = Image.open(io.BytesIO(bytes(done.signature)))
    assert (done.state, done.signed_by, done.closed_by, kept.format, kept.size) == (
        "done",
        "Ada Trevithick",
        packer,
        "PNG",
        (640, 240),
    )
    sent.seek(0)
    assert bytes(done.signature) != sent.read()


def test_neither_name_nor_drawing_may_be_missing(store, packer):
    order = walking(store, SIGN)
    with pytest.raises(Invalid) as refusal:
        do_step(step=steps(order)[0], actor=packer, now=LATER)
    assert refusal.value.field == "signed_by"
    with pytest.raises(Invalid) as refusal:
        do_step(step=noted(order, packer, name="", drawing=drawing()), actor=packer, now=LATER)
    assert refusal.value.field == "signed_by"
    RunStep.objects.update(signature=None)
    with pytest.raises(Invalid) as refusal:
        do_step(step=noted(order, packer), actor=packer, now=LATER)
    assert (refusal.value.field, states(order)) == ("signature", "o")


def test_who_cannot_draw_signs_by_name(store, packer):
    order = walking(store, SIGN)
    with pytest.raises(Invalid):
        do_step(step=steps(order)[0], actor=packer, now=LATER, by_name=True)
    done = do_step(step=noted(order, packer), actor=packer, now=LATER, by_name=True)
    assert (done.state, done.signed_by, done.signature) == ("done", "Ada Trevithick", None)


@pytest.mark.parametrize(
    "bad",
    [drawing(stroke=False), drawing(kind="GIF"), drawing(size=(5000, 20)), SimpleUploadedFile("a", b"<svg/>"), HUGE],
    ids=["nothing drawn", "another kind", "too wide", "no picture", "too many bytes"],
)
def test_what_is_no_drawing_is_refused_and_changes_nothing(store, packer, bad):
    order = walking(store, SIGN)
    noted(order, packer, name="Ada", drawing=drawing())
    before = RunStep.objects.values().get()
    bad.seek(0)
    with pytest.raises(Invalid) as refusal:
        noted(order, packer, name="Bo", drawing=bad)
    assert (refusal.value.field, str(refusal.value)) == ("signature", "Let the shopper sign in the field.")
    assert RunStep.objects.values().get() == before


def test_nothing_is_drawn_in_other_steps(store, packer):
    order = walking(store, StepWish("Wrap"))
    with pytest.raises(Invalid):
        noted(order, packer, drawing=drawing())
    assert steps(order)[0].signature is None


def test_a_drawing_stays_under_its_name_only(store, packer):
    order = walking(store, SIGN)
    first = bytes(noted(order, packer, name="", drawing=drawing()).signature)
    assert bytes(noted(order, packer, name="Ada").signature) == first
    assert bytes(noted(order, packer, name=" Ada ").signature) == first
    assert noted(order, packer, name="Bo").signature is None
    assert bytes(noted(order, packer, name="Bo", drawing=drawing(size=(300, 200))).signature) != first


def test_the_step_knows_that_it_was_drawn_without_reading_it(store, packer, django_assert_num_queries):
    order = walking(store, SIGN)
    assert run_step(store, order.number, 1).is_drawn is False
    noted(order, packer, drawing=drawing())
    with django_assert_num_queries(3):
        found, [shown] = run_step(store, order.number, 1), run_of(order).way
        assert (found.is_drawn, shown.is_drawn) == (True, True)
    assert {"signature"} == found.get_deferred_fields() == shown.get_deferred_fields()


def test_signed_twice_counts_once(store, packer):
    order = walking(store, SIGN)
    done = do_step(step=noted(order, packer, drawing=drawing()), actor=packer, now=LATER)
    for again in (lambda: noted(order, packer, name="Bo", drawing=drawing()), lambda: do_step(
        step=done, actor=packer, now=LATER
    )):  # fmt: skip
        with pytest.raises(WrongState):
            again()
    assert (steps(order)[0].signed_by, bytes(steps(order)[0].signature)) == ("Ada Trevithick", bytes(done.signature))


@pytest.mark.django_db(transaction=True)
def test_of_two_counters_one_has_it_signed():
    order = walking(StoreFactory(), SIGN, StepWish("Thank"))
    step = steps(order)[0]

    def sign(name, sent):
        kept = note_step(step=step, ticked=[], signed_by=name, drawing=sent, actor=None, now=LATER)
        do_step(step=kept, actor=None, now=LATER)

    answers = at_once(lambda: sign("Ada", drawing()), lambda: sign("Bo", drawing(size=(300, 200))))
    assert sorted(answers) == ["done", "wrong_state"]
    done = steps(order)[0]
    size = Image.open(io.BytesIO(bytes(done.signature))).size
    assert (done.signed_by, size) in {("Ada", (640, 240)), ("Bo", (300, 200))}
    assert states(order) == "do"


def test_the_database_lets_nobody_nameless_have_signed(store, packer):
    order = walking(store, SIGN, StepWish("Wrap"))
    for change in ({"signed_by": ""}, {"signed_by": "", "signature": b"drawn"}):
        with pytest.raises(IntegrityError, match="with the name of who signed"), transaction.atomic():
            RunStep.objects.filter(run__order=order, position=1).update(state="done", closed_at=LATER, **change)
    RunStep.objects.filter(run__order=order, position=2).update(state="done", closed_at=LATER)
    RunStep.objects.filter(run__order=order, position=1).update(state="done", closed_at=LATER, signed_by="Ada")
    RunStep.objects.filter(run__order=order).update(signed_by="", state="done")
    assert states(order) == "dd"


def test_left_out_nobody_signs(store, packer):
    order = walking(store, SIGN)
    skip_step(step=steps(order)[0], reason="On paper", actor=packer, now=LATER)
    assert (states(order), steps(order)[0].signed_by) == ("s", "")


def at_the_counter(store, **order):
    """One that waits there, and whose step hands it over."""
    made = walking(
        store, StepWish("Sign and go", kind="signature", moves="send"), StepWish("Thank"),
        delivery_kind="pickup", goods_total=0, delivery_total=0, total=0, **order,
    )  # fmt: skip
    Order.objects.filter(pk=made.pk).update(state="packed")
    return made


def test_the_steps_signature_is_the_counters_too(store, packer):
    order = at_the_counter(store)
    ask_for_proof(store=store, proof="signature", actor=packer, now=NOW)
    with pytest.raises(ProofNeeded):
        do_step(step=noted(order, packer), actor=packer, now=LATER, by_name=True)
    assert (state_of(order), states(order)) == ("packed", "ob")
    done = do_step(step=noted(order, packer, drawing=drawing()), actor=packer, now=LATER)
    handed = HandOver.objects.get()
    assert (state_of(order), states(order)) == ("delivered", "do")
    assert (handed.how, handed.signed_by, bytes(handed.signature)) == (
        "signature",
        "Ada Trevithick",
        bytes(done.signature),
    )


def test_without_a_rule_the_counter_keeps_no_second_copy(store, packer):
    order = at_the_counter(store)
    do_step(step=noted(order, packer, drawing=drawing()), actor=packer, now=LATER)
    assert (state_of(order), states(order), HandOver.objects.count()) == ("delivered", "do", 0)


def test_a_button_signs_nothing_and_the_signature_follows(store, packer):
    order = at_the_counter(store)
    hand_over_order(order=Order.objects.select_related("union").get(pk=order.pk), actor=packer, now=LATER)
    assert (state_of(order), states(order)) == ("delivered", "ob")
    assert follow_orders(union=order.union, order_ids=[order.pk], now=LATER) == 0
    do_step(step=noted(order, packer, drawing=drawing()), actor=packer, now=LATER)
    assert (state_of(order), states(order), order.changes.filter(to_state="delivered").count()) == (
        "delivered",
        "do",
        1,
    )


def test_at_the_door_the_signature_makes_it_delivered(store, packer):
    wish = StepWish("Sign at the door", kind="signature", moves="deliver")
    order = walking(store, wish, goods_total=0, delivery_total=0, total=0)
    Order.objects.filter(pk=order.pk).update(state="shipped")
    do_step(step=noted(order, packer, drawing=drawing()), actor=packer, now=LATER)
    assert (state_of(order), states(order)) == ("delivered", "d")
    with pytest.raises(WrongState):
        deliver_order(order=Order.objects.select_related("union").get(pk=order.pk), actor=packer, now=LATER)
