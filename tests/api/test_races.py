"""Several programs at the same moment."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connections

from orders.models import Order
from stores.models import StockLevel, StockMovement
from tests.api.client import Api, key_for
from tests.api.story import bought, review

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], int]) -> list[int]:
    """Start all together; the statuses that they return, sorted."""
    statuses, start = [], Barrier(len(works))

    def run(work: Callable[[], int]) -> None:
        start.wait()
        try:
            statuses.append(work())
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


def test_of_counts_made_against_the_same_figure_one_stands(place):
    plain = key_for(place.union, store=place.first)

    def count(figure: int) -> int:
        api = Api(place.union, plain)
        return api.ask("PATCH", f"stock/{place.bread.sku}/", {"on_hand": figure}, If_Match='"10"').status_code

    assert at_once(*(lambda figure=figure: count(figure) for figure in (4, 5, 6, 7))) == [200, 412, 412, 412]
    assert StockMovement.objects.filter(variant=place.bread, kind="adjusted").count() == 1


def test_of_prices_made_against_the_same_version_one_stands(place):
    plain = key_for(place.union, store=place.first)

    def price(amount: int) -> int:
        api = Api(place.union, plain)
        return api.ask("PUT", f"prices/{place.bread.sku}/", {"price": amount}, If_Match='"1"').status_code

    assert at_once(*(lambda amount=amount: price(amount) for amount in (1, 2, 3, 4))) == [200, 412, 412, 412]


def test_a_movement_sent_many_times_at_once_is_made_once(place):
    plain = key_for(place.union, store=place.first)

    def receive() -> int:
        body = {"kind": "received", "quantity": 5}
        return (
            Api(place.union, plain)
            .post(f"stock/{place.bread.sku}/movements/", body, Idempotency_Key="once")
            .status_code
        )

    assert set(at_once(*[receive] * 6)) <= {201, 409}
    assert StockLevel.objects.get(variant=place.bread).on_hand == 15


def test_carts_filled_in_opposite_orders_do_not_block_each_other(place):
    """Four want bread and a lamp, four a lamp and bread, and there is enough for five: five buy, three are refused."""
    lines = [{"variant": place.bread.pk, "quantity": 2}, {"variant": place.lamp.pk, "quantity": 2}]

    def shop(number: int) -> int:
        api = Api(place.union)
        filled = api.post("cart/lines/", {"lines": lines if number % 2 else lines[::-1]})
        if filled.status_code != 201:
            return filled.status_code
        token = filled.json()["token"]
        return bought(api, token, review(api, token).json()["digest"], key=token).status_code

    assert at_once(*(lambda number=number: shop(number) for number in range(8))) == [201] * 5 + [409] * 3
    assert Order.objects.filter(state="paid").count() == 10
    assert set(StockLevel.objects.values_list("on_hand", "held")) == {(0, 0)}
