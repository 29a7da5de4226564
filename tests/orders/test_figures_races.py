"""Two workers at once, and sales while they count: in the end every figure is that of the orders."""

from datetime import date, timedelta
from unittest import mock

import pytest
from django.db import connection

from orders.models import Order, StoreDay, TouchedDay
from orders.queries.figures_check import days_that_differ
from orders.services import figures
from orders.services.figures import count_all_touched, count_touched, touch_orders, touch_union
from tests.factories.orders import NOW, OrderFactory
from tests.factories.stores import StoreFactory
from tests.orders.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_workers_count_each_day_once():
    store = StoreFactory()
    union = store.union
    for days in range(6):
        OrderFactory(store=store, placed_at=NOW + timedelta(days=days))
    touch_union(union=union)
    with mock.patch.object(figures, "DAYS_AT_ONCE", 1):
        assert at_once(*[lambda: count_all_touched(union=union)] * 4) == ["done"] * 4
    # Who found another at work left it to that one.
    count_all_touched(union=union)
    assert not TouchedDay.objects.exists()
    assert [day.orders for day in StoreDay.objects.order_by("day")] == [1] * 6
    assert days_that_differ(union, before=NOW + timedelta(days=30)) == (6, [])


def test_sales_while_days_are_counted_are_in_the_figures_in_the_end():
    store = StoreFactory()
    union = store.union
    made = [OrderFactory(store=store, state="placed") for _number in range(8)]

    def move(order):
        def job():
            Order.objects.filter(pk=order.pk).update(state="paid")
            touch_orders(order_ids=[order.pk])

        return job

    def worker():
        for _turn in range(10):
            count_touched(union=union)

    assert at_once(*[move(order) for order in made], worker, worker, worker) == ["done"] * 11
    count_all_touched(union=union)
    assert list(StoreDay.objects.values_list("day", "orders", "gross")) == [(date(2026, 3, 2), 8, 8 * 1400)]
    assert days_that_differ(union, before=NOW + timedelta(days=30)) == (1, [])


def test_worker_waits_for_nobody_while_another_counts():
    order = OrderFactory()
    touch_orders(order_ids=[order.pk])
    name = f"orders.figures:{order.union_id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
        try:
            counted = []
            assert at_once(lambda: counted.append(count_touched(union=order.union))) == ["done"]
            assert counted == [0]
            assert TouchedDay.objects.count() == 1
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
    assert count_touched(union=order.union) == 1
