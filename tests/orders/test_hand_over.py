"""At the counter: with the shopper's code, a signature, or nothing, as the store wants it."""

import io
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from PIL import Image, ImageDraw

from core.errors import Invalid, WrongState
from orders.models import HandOver, HandOverRule, Order
from orders.services.handing import (
    MOST_TRIES,
    CodeOver,
    ProofNeeded,
    WrongCode,
    ask_for_proof,
    code_of,
    hand_over_order,
    hand_over_signed,
    hand_over_with_code,
    pickup_code,
)
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, OrderFactory
from tests.orders.test_races import at_once

pytestmark = pytest.mark.django_db


def waiting(proof: str = "code", **order) -> Order:
    """An order that waits at the counter of a store with this rule."""
    made = OrderFactory(**({"state": "packed", "delivery_kind": "pickup"} | order))
    ask_for_proof(store=made.store, proof=proof, actor=UserFactory(), now=NOW)
    return made


def drawing(*, stroke: bool = True, kind: str = "PNG", size=(640, 240)) -> SimpleUploadedFile:
    picture = Image.new("RGB", size, "white")
    if stroke:
        ImageDraw.Draw(picture).line((40, 100, 300, 140), fill="black", width=4)
    out = io.BytesIO()
    picture.save(out, kind)
    return SimpleUploadedFile("signature.png", out.getvalue())


def state_of(order) -> str:
    return Order.objects.values_list("state", flat=True).get(pk=order.pk)


def wrong_for(order) -> str:
    return f"{(int(code_of(order=order)) + 1) % 1_000_000:06d}"


def test_without_a_rule_an_order_is_handed_over_just_so():
    order = OrderFactory(state="packed", delivery_kind="pickup")
    hand_over_order(order=order, actor=None, now=NOW)
    assert (state_of(order), HandOver.objects.count()) == ("delivered", 0)


@pytest.mark.parametrize("proof", ["code", "signature"])
def test_with_a_rule_it_is_not(proof):
    order = waiting(proof)
    with pytest.raises(ProofNeeded) as refusal:
        hand_over_order(order=order, actor=None, now=NOW)
    assert (refusal.value.facts, state_of(order), order.changes.count()) == ({"proof": proof}, "packed", 1)


def test_goods_sent_by_mail_need_no_proof():
    order = waiting(delivery_kind="digital")
    hand_over_order(order=order, actor=None, now=NOW)
    assert state_of(order) == "delivered"


def test_the_right_code_hands_over_and_is_noted():
    order, staff = waiting(), UserFactory()
    said = code_of(order=order)
    assert (len(said), said.isdecimal()) == (6, True)
    hand_over_with_code(order=order, code=f" {said[:3]} {said[3:]}", actor=staff, now=NOW)
    noted = HandOver.objects.get()
    assert (state_of(order), noted.how, noted.actor, noted.at) == ("delivered", "code", staff, NOW)


def test_codes_differ_by_order_and_by_secret(settings):
    first, second = waiting(), waiting()
    codes = {code_of(order=first), code_of(order=second)}
    settings.SECRET_KEY = "another"
    assert len(codes | {code_of(order=first)}) == 3


def test_a_code_said_before_the_secret_changed_still_counts(settings):
    order = waiting()
    said = code_of(order=order)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    hand_over_with_code(order=order, code=said, actor=None, now=NOW)
    assert state_of(order) == "delivered"


@pytest.mark.parametrize("typed", ["", "0", "abc", "wrong"])
def test_a_wrong_code_changes_nothing_but_the_tries(typed):
    order = waiting()
    with pytest.raises(WrongCode) as refusal:
        hand_over_with_code(order=order, code=wrong_for(order) if typed == "wrong" else typed, actor=None, now=NOW)
    assert refusal.value.facts["left"] == MOST_TRIES - 1
    assert (state_of(order), HandOver.objects.get().tries) == ("packed", 1)


def test_after_ten_wrong_codes_only_a_signature_counts():
    order = waiting()
    for _ in range(MOST_TRIES):
        with pytest.raises(WrongCode):
            hand_over_with_code(order=order, code=wrong_for(order), actor=None, now=NOW)
    with pytest.raises(CodeOver):
        hand_over_with_code(order=order, code=code_of(order=order), actor=None, now=NOW)
    assert state_of(order) == "packed"
    hand_over_signed(order=order, drawing=drawing(), name="Ada", actor=None, now=NOW)
    assert (state_of(order), HandOver.objects.get().how) == ("delivered", "signature")


def test_a_store_that_wants_a_signature_takes_no_code():
    order = waiting("signature")
    with pytest.raises(ProofNeeded):
        hand_over_with_code(order=order, code=code_of(order=order), actor=None, now=NOW)
    assert (state_of(order), HandOver.objects.count()) == ("packed", 0)


def test_a_signature_is_drawn_anew_and_names_who_signed():
    order = waiting("signature")
    sent = drawing()
    hand_over_signed(order=order, drawing=sent, name=" Ada’s brother ", actor=None, now=NOW)
    noted = HandOver.objects.get()
    kept = Image.open(io.BytesIO(bytes(noted.signature)))
    assert (kept.format, kept.size, noted.signed_by) == ("PNG", (640, 240), "Ada’s brother")
    sent.seek(0)
    assert bytes(noted.signature) != sent.read()


@pytest.mark.parametrize(
    "bad",
    [None, drawing(stroke=False), drawing(kind="GIF"), drawing(size=(5000, 20)), SimpleUploadedFile("a", b"<svg/>")],
)
def test_no_signature_hands_nothing_over(bad):
    order = waiting("signature")
    with pytest.raises(Invalid):
        hand_over_signed(order=order, drawing=bad, name="", actor=None, now=NOW)
    assert (state_of(order), HandOver.objects.count()) == ("packed", 0)


@pytest.mark.parametrize("state", ["paid", "accepted", "delivered", "cancelled"])
def test_nothing_is_handed_over_before_it_is_packed_or_twice(state):
    order = waiting(state=state)
    with pytest.raises(WrongState):
        hand_over_with_code(order=order, code=code_of(order=order), actor=None, now=NOW)
    with pytest.raises(WrongState):
        hand_over_signed(order=order, drawing=drawing(), name="", actor=None, now=NOW)
    assert (state_of(order), HandOver.objects.count()) == (state, 0)


def test_the_code_is_shown_where_it_will_be_asked_for():
    shown = {
        state: bool(pickup_code(order=waiting(state=state))) for state in ("placed", "paid", "packed", "delivered")
    }
    assert shown == {"placed": False, "paid": True, "packed": True, "delivered": False}
    assert [pickup_code(order=waiting(proof)) for proof in ("none", "signature")] == ["", ""]
    assert pickup_code(order=waiting(delivery_kind="delivery")) == ""


def test_a_rule_is_one_of_three():
    order = waiting()
    with pytest.raises(Invalid):
        ask_for_proof(store=order.store, proof="oath", actor=UserFactory(), now=NOW)
    assert HandOverRule.objects.values_list("proof", flat=True).get() == "code"


@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_once_are_ten_tries():
    order = waiting()
    wrong = wrong_for(order)
    answers = at_once(*[partial(hand_over_with_code, order=order, code=wrong, actor=None, now=NOW)] * 14)
    assert (answers.count("wrong_code"), answers.count("code_over")) == (10, 4)
    assert (state_of(order), HandOver.objects.get().tries) == ("packed", 10)


@pytest.mark.django_db(transaction=True)
def test_of_two_counters_one_hands_over():
    for _ in range(4):
        order = waiting()
        first, second = (Order.objects.select_related("union").get(pk=order.pk) for _ in range(2))
        code, signed = code_of(order=order), drawing()
        answers = at_once(
            partial(hand_over_with_code, order=first, code=code, actor=None, now=NOW),
            partial(hand_over_signed, order=second, drawing=signed, name="", actor=None, now=NOW),
        )
        assert sorted(answers) == ["done", "wrong_state"]
        assert order.changes.filter(to_state="delivered").count() == 1
        assert HandOver.objects.get(order=order).how == ("code" if answers[0] == "done" else "signature")


@pytest.mark.parametrize("wrong", [{"how": "code"}, {"at": NOW}])
def test_the_database_knows_no_proof_without_its_time(wrong):
    order = OrderFactory(state="packed")
    with pytest.raises(IntegrityError, match="hand_over_proved_at_a_time"), transaction.atomic():
        HandOver.objects.create(union=order.union, order=order, tries=1, **wrong)
