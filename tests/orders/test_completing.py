"""Delivered orders become earnings by the batch: each once, whoever works on it, and no bad one stops the others."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from core.models import OutboxEvent
from orders.models import Order, OrderChange
from orders.services import completing
from orders.services.completing import complete_delivered_orders
from payments.models import Earning, LedgerTransaction, PaymentSplit
from payments.services.compare_books import compare_books
from payments.services.requests import refund_split
from tests.factories.orders import NOW, OrderFactory
from tests.factories.payments import authorized_payment, captured_payment, split_want
from tests.factories.stores import StoreFactory
from tests.factories.unions import UnionFactory
from tests.payments.test_races import at_once

LATER = NOW + timedelta(days=8)


@pytest.fixture
def union():
    return UnionFactory(holding_days=7)


@pytest.fixture
def store(union):
    return StoreFactory(membership__union=union)


def delivered(store, *, pay=captured_payment, **fields):
    """An order of 14.00 that arrived at NOW, with its money."""
    order = OrderFactory(store=store, state="delivered", lines=False, **fields)
    pay(store.union, split_want(store.membership, order.total, reference=order.number))
    return order


def completed(*orders):
    """How often each was earned, moved and told of."""
    return [
        (
            Order.objects.get(pk=order.pk).state,
            Earning.objects.filter(split__reference=order.number).count(),
            OrderChange.objects.filter(order=order, from_state="delivered", to_state="completed").count(),
            OutboxEvent.objects.filter(kind="orders.order_completed", aggregate=f"order:{order.pk}").count(),
        )
        for order in orders
    ]


ONCE = ("completed", 1, 1, 1)
LEFT = ("delivered", 0, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("at_once", [1, 2, 3, 500])
def test_complete_delivered_orders_earns_each_once_in_batches_of_any_size(union, store, at_once):
    orders = [delivered(store) for _ in range(5)]
    assert complete_delivered_orders(now=LATER, at_once=at_once) == 5
    assert complete_delivered_orders(now=LATER, at_once=at_once) == 0
    assert completed(*orders) == [ONCE] * 5
    assert set(Earning.objects.values_list("gross", "commission", "commission_tax", "net")) == {(1400, 70, 14, 1316)}
    assert LedgerTransaction.objects.filter(kind="earned").count() == 5
    assert compare_books(union=union).differences == []


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 4])
def test_complete_delivered_orders_takes_a_fixed_number_of_statements(store, count, django_assert_num_queries):
    for _ in range(count):
        delivered(store)
    # Unions; orders, splits, earnings, ledger, moves, events; savepoints of the test around the batch and the earnings.
    with django_assert_num_queries(11):
        assert complete_delivered_orders(now=LATER) == count


@pytest.mark.django_db
@pytest.mark.parametrize("at_once", [1, 2, 500])
def test_complete_delivered_orders_leaves_out_what_cannot_be_earned(union, store, at_once):
    first = delivered(store)
    unpaid = delivered(store, pay=authorized_payment)
    moneyless = OrderFactory(store=store, state="delivered", lines=False)
    young = delivered(store, delivered_at=NOW + timedelta(days=2))
    last = delivered(store, delivered_at=NOW + timedelta(hours=1))
    assert complete_delivered_orders(now=LATER, at_once=at_once) == 2
    assert completed(first, unpaid, moneyless, young, last) == [ONCE, LEFT, LEFT, LEFT, ONCE]
    assert compare_books(union=union).differences == []


@pytest.mark.django_db
def test_complete_delivered_orders_ends_what_costs_nothing_and_what_was_given_back(union, store):
    gift = OrderFactory(store=store, state="delivered", lines=False, total=0, goods_total=0, delivery_total=0)
    refunded, halved = delivered(store), delivered(store)
    for order, amount in ((refunded, 1400), (halved, 700)):
        refund_split(
            union=union, reference=order.number, amount=amount, refund_reference=f"R{order.pk}", reason="", now=NOW
        )
    assert complete_delivered_orders(now=LATER) == 3
    assert completed(gift, refunded, halved) == [("completed", 0, 1, 1), ("completed", 0, 1, 1), ONCE]
    assert Earning.objects.get().gross == 700
    assert compare_books(union=union).differences == []


@pytest.mark.django_db
def test_complete_delivered_orders_waits_as_long_as_each_union_says(store):
    patient = delivered(StoreFactory(membership__union__holding_days=30))
    order = delivered(store)
    assert complete_delivered_orders(now=LATER) == 1
    assert completed(order, patient) == [ONCE, LEFT]
    assert complete_delivered_orders(now=NOW + timedelta(days=30)) == 1
    assert completed(order, patient) == [ONCE, ONCE]


REFUSE_ONE = """
CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.gross = 1400 AND NEW.split_id = {split} THEN
        RAISE EXCEPTION 'refused' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_one BEFORE INSERT ON payments_earning FOR EACH ROW EXECUTE FUNCTION refuse_one();
"""


@pytest.mark.django_db
@pytest.mark.parametrize("at_once", [2, 500])
def test_an_order_that_the_database_refuses_does_not_stop_its_batch(union, store, at_once):
    first, bad, last = (delivered(store) for _ in range(3))
    with connection.cursor() as cursor:
        cursor.execute(REFUSE_ONE.format(split=PaymentSplit.objects.get(reference=bad.number).pk))
    assert complete_delivered_orders(now=LATER, at_once=at_once) == 2
    assert completed(first, bad, last) == [ONCE, LEFT, ONCE]
    assert compare_books(union=union).differences == []


@pytest.mark.django_db
def test_a_batch_that_fails_in_its_last_statement_leaves_nothing_behind(store, monkeypatch):
    orders = [delivered(store) for _ in range(3)]

    def fail(_events):
        raise RuntimeError

    with monkeypatch.context() as broken, pytest.raises(RuntimeError):
        broken.setattr(completing, "publish_all", fail)
        complete_delivered_orders(now=LATER)
    assert completed(*orders) == [LEFT] * 3
    assert not LedgerTransaction.objects.filter(kind="earned").exists()
    assert complete_delivered_orders(now=LATER) == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("batch", [2, 500])
def test_workers_at_once_complete_every_order_once(union, store, batch):
    other = StoreFactory(membership__union=union)
    orders = [delivered(shop) for shop in (store, other) for _ in range(8)]
    done = at_once([lambda: complete_delivered_orders(now=LATER, at_once=batch)] * 4)
    assert sum(done) == 16
    assert completed(*orders) == [ONCE] * 16
    assert compare_books(union=union).differences == []


@pytest.mark.django_db(transaction=True)
def test_refunds_during_a_batch_are_taken_from_one_side(union, store):
    orders = [delivered(store) for _ in range(6)]

    def refund(order):
        return lambda: (
            refund_split(
                union=union, reference=order.number, amount=400, refund_reference=f"R{order.pk}", reason="", now=LATER
            ).state
        )

    jobs = [refund(order) for order in orders]
    at_once([*jobs, lambda: complete_delivered_orders(now=LATER, at_once=3)])
    complete_delivered_orders(now=LATER)
    assert {state for state, *_ in completed(*orders)} == {"completed"}
    assert sum(Earning.objects.values_list("gross", flat=True)) == 6 * 1000
    assert compare_books(union=union).differences == []


@pytest.mark.django_db(transaction=True)
def test_what_somebody_else_has_locked_is_passed_over(store):
    """An order being moved, a split being refunded: nobody waits, and the next run has them."""
    free, moving, refunding = (delivered(store) for _ in range(3))
    with transaction.atomic():
        Order.objects.select_for_update().get(pk=moving.pk)
        PaymentSplit.objects.select_for_update().get(reference=refunding.number)
        assert at_once([lambda: complete_delivered_orders(now=LATER)]) == [1]
    assert completed(free, moving, refunding) == [ONCE, LEFT, LEFT]
    assert complete_delivered_orders(now=LATER) == 2
