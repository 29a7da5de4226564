"""Real threads on what is changed of orders: of those who want the same piece, or its money, exactly one gets it."""

from collections import Counter

import pytest
from django.test import Client

from orders.models import CreditNote, Order, Return
from orders.queries.returns import return_with_all
from orders.services.calling_off import call_off_pieces
from orders.services.fulfilment import accept_order, ship_order
from orders.services.returns import (
    Received,
    approve_return,
    ask_return,
    cancel_return,
    exchange_return,
    receive_return,
    refund_return,
)
from orders.services.returns.exchanging import Instead
from payments.models import Refund
from stores.models import StockLevel
from tests.factories.orders import NOW, market
from tests.orders.selling import bought, counts, differences, fresh, line_of, money, moved_to, movements
from tests.orders.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def call_off(order, pieces, **kwargs):
    given = {"actor": None, "reason": "", "now": NOW}
    return call_off_pieces(order=fresh(order), pieces={line_of(order).pk: pieces}, **(given | kwargs))


def approved(order, pieces):
    returned = ask_return(order=fresh(order), pieces={line_of(order).pk: pieces}, reason="", actor=None, now=NOW)
    return approve_return(returned=returned, answer="", actor=None, now=NOW)


def receive(returned, restock):
    line = returned.lines.get()
    pieces = {line.pk: Received(restock=restock)}
    return receive_return(returned=return_with_all(returned.pk), pieces=pieces, actor=None, now=NOW)


def test_the_same_two_of_three_pieces_called_off_six_times_at_once_are_called_off_once():
    there = market()
    order = moved_to(bought(there)[0], "accepted")
    answers = at_once(*[lambda: call_off(order, 2)] * 6)
    assert Counter(answers) == {"done": 1, "pieces_gone": 5}
    assert (counts(order), money(order), StockLevel.objects.get(variant=there.bread).on_hand) == (
        (2, 0, 1),
        ("captured", 1450, 700),
        9,
    )
    assert differences(there.union, now=NOW) == []


def test_a_shoppers_form_pressed_four_times_at_once_is_done_once_and_every_press_sees_it_done():
    there = market()
    order = bought(there)[0]
    page = f"/u/{there.union.slug}/track/{order.purchase.token}/{order.number}/call-off/"
    sent = {f"line_{line_of(order).pk}": "1", "reason": "", "once": "abc"}
    answers = []
    assert set(at_once(*[lambda: answers.append(Client().post(page, sent).status_code)] * 4)) == {"done"}
    assert (answers, counts(order)) == ([302] * 4, (1, 0, 2))


def test_calling_off_against_shipping_never_sends_a_piece_whose_money_went_back():
    for _round in range(4):
        there = market()
        order = moved_to(bought(there)[0], "packed")
        called, shipped = at_once(
            lambda order=order: call_off(order, 1, by_store=True),
            lambda order=order: ship_order(order=order, actor=None, now=NOW, carrier="Royal Mail"),
        )
        assert (fresh(order).state, shipped) == ("shipped", "done")
        assert called in ("done", "not_cancellable")
        assert counts(order) == ((1, 0, 2) if called == "done" else (0, 0, 3))
        assert money(order)[2] == (350 if called == "done" else 0)
        assert differences(there.union, now=NOW) == []


def test_calling_off_against_accepting_refunds_once_whoever_is_first():
    for _round in range(4):
        there = market()
        order, _sibling = bought(there)
        answers = at_once(
            lambda order=order: call_off(order, 1), lambda order=order: accept_order(order=order, actor=None, now=NOW)
        )
        assert answers == ["done", "done"]
        assert (fresh(order).state, counts(order), money(order)) == ("accepted", (1, 0, 2), ("captured", 1450, 350))
        assert (Refund.objects.filter(split__reference=order.number).count(), fresh(order).given_back) == (1, 350)
        assert differences(there.union, now=NOW) == []


def test_one_piece_asked_back_from_many_tabs_is_in_one_return():
    there = market()
    order = moved_to(bought(there, pieces=1)[0], "delivered")
    pieces = {line_of(order).pk: 1}
    answers = at_once(*[lambda: ask_return(order=fresh(order), pieces=pieces, reason="", actor=None, now=NOW)] * 6)
    assert (Counter(answers), Return.objects.count()) == ({"done": 1, "pieces_gone": 5}, 1)


def test_a_return_received_at_two_counters_is_laid_in_once():
    there = market()
    order = moved_to(bought(there)[0], "delivered")
    returned = approved(order, 2)
    answers = at_once(*[lambda: receive(returned, 2)] * 4)
    assert Counter(answers) == {"done": 1, "wrong_state": 3}
    assert (counts(order), movements(returned.number)) == ((0, 2, 1), [("returned", 2)])


def test_a_return_received_while_the_shopper_calls_it_off_is_one_or_the_other():
    there = market()
    order = moved_to(bought(there)[0], "delivered")
    returned = approved(order, 2)
    answers = at_once(
        lambda: receive(returned, 2),
        lambda: cancel_return(returned=return_with_all(returned.pk), side="customer", actor=None, now=NOW),
    )
    state = Return.objects.get().state
    assert (answers, state, counts(order)) in (
        (["done", "wrong_state"], "received", (0, 2, 1)),
        (["wrong_state", "done"], "cancelled", (0, 0, 3)),
    )


def test_the_same_pieces_refunded_and_exchanged_at_once_are_settled_once():
    there = market()
    order = moved_to(bought(there)[0], "delivered")
    returned = receive(approved(order, 2), 2)
    refund = [lambda: refund_return(returned=return_with_all(returned.pk), actor=None, now=NOW)] * 3
    exchange = [
        lambda: exchange_return(
            returned=return_with_all(returned.pk), instead=Instead(there.bread, 2), actor=None, now=NOW
        )
    ] * 3
    answers = at_once(*refund, *exchange)
    assert Counter(answers) == {"done": 1, "wrong_state": 5}
    was_refunded = "done" in answers[:3]
    assert money(order)[2] == (700 if was_refunded else 0)
    assert Order.objects.filter(purchase__origin="exchange").count() == (0 if was_refunded else 1)
    assert (CreditNote.objects.count(), Return.objects.get().state) == (1, "refunded")
    assert differences(there.union, now=NOW) == []


def test_two_returns_of_one_order_refunded_at_once_both_go_back():
    there = market()
    order = moved_to(bought(there)[0], "delivered")
    both = [receive(approved(order, 1), 1), receive(approved(order, 2), 2)]
    answers = at_once(
        *[lambda each=each: refund_return(returned=return_with_all(each.pk), actor=None, now=NOW) for each in both * 2]
    )
    assert Counter(answers) == {"done": 2, "wrong_state": 2}
    assert (money(order), counts(order), fresh(order).given_back) == (("captured", 1450, 1050), (0, 3, 0), 1050)
    assert differences(there.union, now=NOW) == []
