"""Pieces of an order are called off before they leave: their stock and their money go back, once, nothing else does."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from core.errors import Invalid
from orders.errors import NotCancellable, PiecesGone
from orders.models import CreditNote, Order
from orders.services import crediting
from orders.services.calling_off import call_off_pieces
from orders.services.cancelling import cancel_order, release_forgotten_money
from orders.services.crediting import settle_forgotten_credits
from orders.services.fulfilment import accept_order, deliver_order, pack_order, ship_order
from orders.services.mail.changes import send_credit_mails
from payments.models import Earning, Refund
from tests.factories.orders import NOW, market
from tests.orders.selling import (
    bought,
    completed,
    counts,
    differences,
    fresh,
    line_of,
    money,
    moved_to,
    movements,
    notes,
    on_hand,
    refunds,
)

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=8)


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    """Run what waits for the commit."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def call_off(order, pieces, **kwargs):
    given = {"actor": None, "reason": "", "now": NOW}
    return call_off_pieces(order=order, pieces={line_of(order).pk: pieces}, **(given | kwargs))


def test_pieces_called_off_after_the_money_was_collected_are_refunded_and_laid_back(commits):
    there = market()
    order, sibling = bought(there)
    order = moved_to(order, "accepted")
    with commits():
        note = call_off(order, 2, reason="Too much")
    assert (counts(order), on_hand(there.bread)) == ((2, 0, 1), 9)
    assert movements(order.number) == [("returned", 2)]
    assert (note.kind, note.goods, note.delivery, note.total, note.side) == ("called_off", 700, 0, 700, "customer")
    assert money(order) == ("captured", 1450, 700)
    assert refunds(order) == [(f"credit-{note.number}", 700, "done")]
    after = fresh(order)
    assert (after.state, after.total, after.given_back, after.kept_total) == ("accepted", 1450, 700, 750)
    assert (fresh(sibling).state, counts(sibling), money(sibling)) == ("paid", (0, 0, 1), ("open", 0, 0))
    assert differences(there.union, now=LATER) == []


def test_pieces_called_off_before_the_money_is_collected_are_refunded_with_the_acceptance(commits):
    there = market()
    order, _sibling = bought(there)
    with commits():
        note = call_off(order, 1)
    assert (money(order), refunds(order), on_hand(there.bread)) == (("open", 0, 0), [], 8)
    assert CreditNote.objects.get().asked_at is None
    accept_order(order=order, actor=None, now=NOW)
    assert money(order) == ("captured", 1450, 350)
    assert refunds(order) == [(note.refund_reference, 350, "done")]
    assert CreditNote.objects.get().asked_at == NOW
    assert differences(there.union, now=LATER) == []


def test_what_is_left_is_earned_and_nothing_more(commits):
    there = market(holding_days=7)
    order, _sibling = bought(there)
    order = moved_to(order, "accepted")
    with commits():
        call_off(order, 1)
    pack_order(order=order, actor=None, now=NOW)
    ship_order(order=order, actor=None, now=NOW, carrier="Royal Mail")
    deliver_order(order=order, actor=None, now=NOW)
    order = completed(order, now=LATER)
    earned = Earning.objects.filter(split__reference=order.number)
    assert (order.state, list(earned.values_list("gross", flat=True))) == ("completed", [1100])
    assert differences(there.union, now=LATER) == []


def test_the_last_pieces_cancel_the_order_with_its_delivery(commits):
    there = market()
    order, sibling = bought(there)
    order = moved_to(order, "accepted")
    with commits():
        call_off(order, 2)
    with commits():
        assert call_off(order, 1) is None
    assert (fresh(order).state, on_hand(there.bread)) == ("cancelled", 10)
    assert movements(order.number) == [("returned", 2), ("returned", 1)]
    assert money(order) == ("captured", 1450, 1450)
    assert [(amount, state) for _reference, amount, state in refunds(order)] == [(700, "done"), (750, "done")]
    assert fresh(sibling).state == "paid"
    assert differences(there.union, now=LATER) == []


def test_an_order_cancelled_before_its_money_was_collected_gives_back_all_of_it_once(commits):
    there = market()
    order, _sibling = bought(there)
    with commits():
        call_off(order, 1)
        cancel_order(order=order, actor=None, reason="", now=NOW)
    assert (money(order), refunds(order)) == (("voided", 0, 0), [])
    assert settle_forgotten_credits(now=LATER) == 0
    assert differences(there.union, now=LATER) == []


def test_pieces_that_are_not_there_are_not_laid_back(commits):
    there = market()
    order, _sibling = bought(there)
    with commits():
        call_off(order, 1, by_store=True, restock=False)
    assert (counts(order), on_hand(there.bread), movements(order.number)) == ((1, 0, 2), 7, [])
    with commits():
        call_off(order, 2, by_store=True, restock=False)
    assert (fresh(order).state, on_hand(there.bread), movements(order.number)) == ("cancelled", 7, [])


@pytest.mark.parametrize(("state", "by_store", "can"), [
    ("accepted", False, True), ("packed", False, False), ("packed", True, True), ("shipped", True, False),
    ("delivered", True, False),
])  # fmt: skip
def test_who_can_call_pieces_off_and_until_when(state, by_store, can, commits):
    there = market()
    order = moved_to(bought(there)[0], state)
    if can:
        with commits():
            call_off(order, 1, by_store=by_store)
        assert (counts(order), money(order)[2]) == ((1, 0, 2), 350)
        return
    with pytest.raises(NotCancellable):
        call_off(order, 1, by_store=by_store)
    assert (counts(order), money(order)[2], on_hand(there.bread)) == ((0, 0, 3), 0, 7)
    assert (notes(order), fresh(order).given_back) == ([], 0)


@pytest.mark.parametrize(("pieces", "refused"), [(4, PiecesGone), (0, Invalid), (-1, Invalid)])
def test_no_more_than_is_left_and_no_less_than_one_can_be_called_off(pieces, refused):
    there = market()
    order, _sibling = bought(there)
    with pytest.raises(refused):
        call_off(order, pieces)
    assert (counts(order), notes(order), on_hand(there.bread)) == ((0, 0, 3), [], 7)


def test_pieces_of_another_order_are_refused():
    there = market()
    order, sibling = bought(there)
    with pytest.raises(Invalid):
        call_off_pieces(order=order, pieces={line_of(sibling).pk: 1}, actor=None, reason="", now=NOW)
    assert (counts(order), counts(sibling), CreditNote.objects.count()) == ((0, 0, 3), (0, 0, 1), 0)


def test_a_process_that_died_after_the_commit_is_made_good_by_the_sweep():
    there = market()
    order = moved_to(bought(there)[0], "accepted")
    note = call_off(order, 1)  # on_commit never runs
    assert refunds(order) == []
    assert settle_forgotten_credits(now=NOW) == 0  # too fresh: it may be on its way
    assert settle_forgotten_credits(now=NOW + timedelta(minutes=2)) == 1
    assert settle_forgotten_credits(now=NOW + timedelta(minutes=3)) == 0
    assert refunds(order) == [(note.refund_reference, 350, "done")]


def test_a_refund_of_pieces_does_not_hide_an_interrupted_cancellation(commits):
    there = market()
    order = moved_to(bought(there)[0], "accepted")
    with commits():
        call_off(order, 1)
    cancel_order(order=order, actor=None, reason="", now=NOW)  # on_commit never runs
    assert money(order) == ("captured", 1450, 350)
    assert release_forgotten_money(now=NOW + timedelta(minutes=2)) == 1
    assert money(order) == ("captured", 1450, 1450)
    assert differences(there.union, now=LATER) == []


def test_the_daily_check_finds_an_order_whose_notes_do_not_add_up(commits):
    there = market()
    order = moved_to(bought(there)[0], "accepted")
    with commits():
        call_off(order, 1)
    Order.objects.filter(pk=order.pk).update(given_back=300)
    [found] = differences(there.union, now=LATER)
    assert (found["code"], order.number in found["text"]) == ("order_credits", True)


def test_both_sides_are_written_to(commits):
    there = market()
    order = moved_to(bought(there)[0], "accepted")
    order.store.email = "bakery@example.com"
    order.store.save()
    with commits():
        note = call_off(order, 2, reason="Too much")
    note = CreditNote.objects.select_related("union", "order__purchase", "order__store").get(pk=note.pk)
    mail.outbox.clear()
    send_credit_mails(credit=note)
    shopper, store = mail.outbox
    assert (shopper.to, store.to) == (["ada@example.com"], ["bakery@example.com"])
    assert shopper.subject == "A part of your order from Bakery does not come"
    assert "2 × Bread (large)" in shopper.body
    assert "7.00 goes back" in shopper.body
    assert "Too much" in store.body
    assert f"/orders/{order.number}/" in store.body


def test_the_shoppers_page_calls_off_and_says_what_is_left(commits):
    there = market()
    order, _sibling = bought(there)
    client, track = Client(), f"/u/{there.union.slug}/track/{order.purchase.token}/"
    page = client.get(track).content.decode()
    assert f"{track}{order.number}/call-off/" in page
    form = client.get(f"{track}{order.number}/call-off/").content.decode()
    name = f"line_{line_of(order).pk}"
    assert (f'name="{name}"' in form, 'max="3"' in form) == (True, True)
    sent = {name: "1", "reason": "", "once": "abc"}
    for _press in range(2):
        with commits():
            answer = client.post(f"{track}{order.number}/call-off/", sent)
        assert answer.status_code == 302
    assert counts(order) == (1, 0, 2)
    page = client.get(track).content.decode()
    assert ("1 called off" in page, "£11.00" in page) == (True, True)
    assert "−£3.50" in client.get(f"{track}receipt/").content.decode()
    assert client.get(f"{track}receipt.pdf").status_code == 200
    too_many = client.post(f"{track}{order.number}/call-off/", {name: "3", "once": "def"})
    assert (too_many.status_code, counts(order)) == (200, (1, 0, 2))
    nothing = client.post(f"{track}{order.number}/call-off/", {name: "0", "once": "ghi"})
    assert "Choose at least one piece." in nothing.content.decode()


def test_two_refunds_of_one_note_are_one(commits):
    there = market()
    order = moved_to(bought(there)[0], "accepted")
    with commits():
        call_off(order, 1)
    CreditNote.objects.update(asked_at=None)
    assert crediting.settle_credits(order=order, now=NOW) == 1
    assert (Refund.objects.count(), money(order)) == (1, ("captured", 1450, 350))
