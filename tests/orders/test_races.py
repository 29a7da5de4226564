"""Real threads on real connections: of those who want the same thing, exactly the right number get it."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django_scopes import scopes_disabled

from core.errors import DomainError
from core.references import new_secret
from orders.models import Cart, CartLine, Order, OrderChange, Purchase
from orders.queries.cart_review import review_cart
from orders.services.cancelling import cancel_order
from orders.services.cart import add_to_cart, set_quantity
from orders.services.cart_lines import Want, add_all_to_cart
from orders.services.fulfilment import accept_order, ship_order
from orders.services.purchase import mark_paid, pay, payment_failed, place_purchase
from payments.models import PaymentRequest, PaymentSplit
from stores.models import StockHold, StockLevel, StockMovement
from tests.factories.orders import NOW, OrderFactory, market, ready_cart

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*jobs: Callable[[], Any]) -> list[str]:
    """Run the jobs in a thread each, all starting at the same moment; says `done` or the refusal's code for each."""
    barrier = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> str:
        try:
            with scopes_disabled():
                connection.ensure_connection()
                barrier.wait(timeout=60)
                job()
            return "done"
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(run, jobs))


def fresh(cart: Cart) -> Cart:
    return Cart.objects.select_related("union").get(pk=cart.pk)


def placed(there, token="bank:approves") -> Purchase:
    cart = ready_cart(there, token=token)
    digest = review_cart(cart=cart, now=NOW).digest
    return place_purchase(cart=cart, digest=digest, language="en", origin="website", now=NOW)


def order_of(purchase: Purchase) -> Order:
    return Order.objects.select_related("union").filter(purchase=purchase).order_by("id")[0]


def test_sixty_shoppers_buy_exactly_twenty_pieces():
    there = market(stock=20)

    def buy() -> None:
        cart = ready_cart(there, wants=[(there.bread, 1)])
        digest = review_cart(cart=cart, now=NOW).digest
        purchase = place_purchase(cart=cart, digest=digest, language="en", origin="website", now=NOW)
        pay(purchase=purchase, now=NOW)

    assert Counter(at_once(*[buy] * 60)) == {"done": 20, "out_of_stock": 40}
    level = StockLevel.objects.get(variant=there.bread)
    assert (level.on_hand, level.held) == (0, 0)
    assert Counter(Order.objects.values_list("state", flat=True)) == {"paid": 20}
    assert -sum(StockMovement.objects.filter(kind="sold").values_list("quantity", flat=True)) == 20
    assert PaymentRequest.objects.filter(state="authorized").count() == 20


def test_one_cart_bought_from_two_tabs_is_one_purchase():
    there = market()
    cart = ready_cart(there)
    digest = review_cart(cart=cart, now=NOW).digest
    numbers = []

    def press() -> None:
        purchase = place_purchase(cart=fresh(cart), digest=digest, language="en", origin="website", now=NOW)
        pay(purchase=purchase, now=NOW)
        numbers.append(purchase.number)

    assert at_once(*[press] * 6) == ["done"] * 6
    assert len(set(numbers)) == 1
    assert (Purchase.objects.count(), Order.objects.count(), PaymentRequest.objects.count()) == (1, 2, 1)
    assert StockLevel.objects.get(variant=there.bread).on_hand == 8
    assert OrderChange.objects.filter(to_state="paid").count() == 2


def test_the_same_thing_added_from_many_tabs_is_one_line_of_all_of_them():
    there = market(stock=100)
    token = new_secret()

    def add() -> None:
        add_to_cart(union=there.union, user=None, token=token, variant_id=there.bread.pk, quantity=1, now=NOW)

    assert at_once(*[add] * 12) == ["done"] * 12
    assert (Cart.objects.count(), CartLine.objects.get().quantity, StockHold.objects.get().quantity) == (1, 12, 12)
    assert StockLevel.objects.get(variant=there.bread).held == 12


def test_carts_filled_in_opposite_orders_all_get_theirs():
    there = market(stock=100)
    ways = [[there.bread, there.lamp], [there.lamp, there.bread]] * 6

    def fill(way: list[Any]) -> None:
        wants = [Want(1, variant.pk) for variant in way]
        add_all_to_cart(union=there.union, user=None, token=new_secret(), wants=wants, now=NOW)

    assert at_once(*[lambda way=way: fill(way) for way in ways]) == ["done"] * 12
    assert (Cart.objects.count(), CartLine.objects.count()) == (12, 24)
    assert set(StockLevel.objects.values_list("held", flat=True)) == {12}


def test_the_last_pieces_go_to_whole_carts_only():
    there = market(stock=5)

    def fill() -> None:
        wants = [Want(2, store=v.store.slug, sku=v.sku) for v in (there.bread, there.lamp)]
        add_all_to_cart(union=there.union, user=None, token=new_secret(), wants=wants, now=NOW)

    assert Counter(at_once(*[fill] * 6)) == {"done": 2, "out_of_stock": 4}
    assert set(StockLevel.objects.values_list("held", flat=True)) == {4}
    assert (Cart.objects.count(), set(CartLine.objects.values_list("quantity", flat=True))) == (2, {2})


def test_one_cart_filled_from_many_tabs_holds_all_of_it():
    there = market(stock=100)
    token = new_secret()

    def fill() -> None:
        wants = [Want(1, there.bread.pk), Want(2, there.lamp.pk)]
        add_all_to_cart(union=there.union, user=None, token=token, wants=wants, now=NOW)

    assert at_once(*[fill] * 8) == ["done"] * 8
    assert dict(CartLine.objects.values_list("variant", "quantity")) == {there.bread.pk: 8, there.lamp.pk: 16}
    assert dict(StockLevel.objects.values_list("variant", "held")) == {there.bread.pk: 8, there.lamp.pk: 16}


def test_buying_while_the_quantity_is_changed_sells_what_was_reviewed():
    there = market()
    for _ in range(5):
        cart = ready_cart(there, wants=[(there.bread, 1)])
        digest = review_cart(cart=cart, now=NOW).digest
        line = cart.lines.get()
        at_once(
            lambda cart=cart, digest=digest: place_purchase(
                cart=fresh(cart), digest=digest, language="en", origin="website", now=NOW
            ),
            lambda cart=cart, line=line: set_quantity(cart=fresh(cart), line_id=line.pk, quantity=2, now=NOW),
        )
    sold = sum(order.lines.get().quantity for order in Order.objects.all())
    held = sum(StockHold.objects.values_list("quantity", flat=True))
    level = StockLevel.objects.get(variant=there.bread)
    assert (sold, level.on_hand, level.held) == (Order.objects.count(), 10 - sold, held)


def test_cancel_against_ship_has_one_winner():
    for _ in range(5):
        order = OrderFactory(state="packed")
        answers = at_once(
            lambda order=order: cancel_order(order=order, actor=None, reason="", now=NOW, by_store=True),
            lambda order=order: ship_order(order=order, actor=None, now=NOW, carrier="Post"),
        )
        assert answers.count("done") == 1
        order.refresh_from_db()
        assert order.state == ("cancelled" if answers[0] == "done" else "shipped")
        assert order.shipments.count() == (answers[1] == "done")
        assert order.changes.count() == 2


def test_cancel_against_accept_never_leaves_money_behind():
    there = market(stock=50)
    for _ in range(5):
        purchase = placed(there)
        pay(purchase=purchase, now=NOW)
        order = order_of(purchase)
        at_once(
            lambda order=order: cancel_order(order=order, actor=None, reason="", now=NOW),
            lambda order=order: accept_order(order=order, actor=None, now=NOW),
        )
        order.refresh_from_db()
        split = PaymentSplit.objects.get(reference=order.number)
        if order.state == "cancelled":
            assert split.captured == split.refunded
            assert split.captured + split.voided == order.total
        else:
            assert (order.state, split.captured, split.refunded) == ("accepted", order.total, 0)


def test_an_answer_against_giving_up_ends_in_exactly_one_of_the_two():
    there = market(stock=50)
    for _ in range(5):
        before = StockLevel.objects.get(variant=there.bread).on_hand
        purchase = placed(there)
        union, number = there.union, purchase.number
        at_once(
            lambda union=union, number=number: mark_paid(union=union, reference=number, now=NOW),
            lambda union=union, number=number: payment_failed(union=union, reference=number, now=NOW),
            lambda union=union, number=number: mark_paid(union=union, reference=number, now=NOW),
            lambda union=union, number=number: payment_failed(union=union, reference=number, now=NOW),
        )
        states = set(purchase.orders.values_list("state", flat=True))
        after = StockLevel.objects.get(variant=there.bread).on_hand
        assert (states, after) in [({"paid"}, before - 2), ({"cancelled"}, before)]
        assert OrderChange.objects.filter(order__purchase=purchase).count() == 4
