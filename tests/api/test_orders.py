"""Fulfilment over the API: who may do what with an order."""

from threading import Barrier, Thread

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from orders.models import Order, OrderChange, Shipment
from payments.models import PaymentSplit, Refund
from stores.models import StockLevel
from tests.api.client import Api, key_for
from tests.api.story import buy
from tests.api.test_purchase import code
from tests.factories.orders import OrderFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def numbers(place, guest) -> dict[str, str]:
    """The numbers of a paid purchase's two orders by store."""
    return {order["store"]: order["number"] for order in buy(guest, place)["orders"]}


@pytest.fixture
def bread(place, numbers) -> str:
    return f"orders/{numbers[place.first.slug]}/"


@pytest.fixture
def lamp(place, numbers) -> str:
    return f"orders/{numbers[place.second.slug]}/"


def act(api: Api, address: str, action: str, body: object = None, key: str = "") -> object:
    return api.post(f"{address}{action}/", body, Idempotency_Key=key or f"{action} {address}")


def test_store_fulfils_an_order_to_its_delivery(place, bakery, bread):
    for action, body, state, following in (
        ("accept", None, "accepted", ["pack", "cancel"]),
        ("pack", None, "packed", ["ship", "cancel"]),
        ("ship", {"carrier": "Royal Mail", "tracking_number": "JV1"}, "shipped", ["deliver"]),
        ("deliver", None, "delivered", []),
    ):
        response = act(bakery, bread, action, body)
        assert response.status_code == 200, response.content
        assert (response.json()["state"], response.json()["next_actions"]) == (state, following)
    told = bakery.get(bread).json()
    assert [step["to_state"] for step in told["changes"]] == [
        "placed",
        "paid",
        "accepted",
        "packed",
        "shipped",
        "delivered",
    ]
    assert (told["shipments"][0]["carrier"], told["shipments"][0]["state"]) == ("Royal Mail", "delivered")
    split = PaymentSplit.objects.get(reference=told["number"])
    assert (split.captured, PaymentSplit.objects.exclude(pk=split.pk).get().captured) == (1100, 0)


def test_order_at_the_counter_is_handed_over(place, lamp):
    lamps = Api(place.union, key_for(place.union, store=place.second))
    for action in ("accept", "pack"):
        act(lamps, lamp, action)
    assert code(act(lamps, lamp, "ship", {"carrier": "Bicycle"})) == (409, "wrong_state")
    assert act(lamps, lamp, "deliver").json()["state"] == "delivered"


def test_order_tells_what_is_to_be_done(place, bakery, bread):
    told = bakery.get(bread).json()
    assert told["total"] == {"amount": 1100, "currency": "GBP"}
    assert told["recipient"]["line1"] == "3 Lemon Street"
    assert [(line["sku"], line["quantity"], line["unit_price"]["amount"]) for line in told["lines"]] == [
        (place.bread.sku, 2, 350)
    ]


def test_step_out_of_turn_is_refused_and_changes_nothing(place, bakery, bread):
    before = OrderChange.objects.count()
    for action, body in (("pack", None), ("ship", {"carrier": "Royal Mail"}), ("deliver", None)):
        response = act(bakery, bread, action, body)
        assert (code(response), response.json()["state"]) == ((409, "wrong_state"), "paid")
    assert (OrderChange.objects.count(), Shipment.objects.count()) == (before, 0)


def test_ship_without_a_carrier_is_refused(place, bakery, bread):
    for action in ("accept", "pack"):
        act(bakery, bread, action)
    assert code(act(bakery, bread, "ship", {})) == (422, "invalid")
    assert code(act(bakery, bread, "ship", {"carrier": "X", "tracking_url": "javascript:alert(1)"})) == (
        422,
        "invalid",
    )
    assert Order.objects.get(store=place.first).state == "packed"


def test_cancelling_one_order_leaves_its_sibling(place, bakery, bread):
    response = act(bakery, bread, "cancel", {"reason": "oven broken"})
    assert (response.json()["state"], response.json()["cancel_reason"]) == ("cancelled", "oven broken")
    assert list(Order.objects.order_by("id").values_list("state", flat=True)) == ["cancelled", "paid"]
    assert PaymentSplit.objects.get(reference=response.json()["number"]).voided == 1100
    assert StockLevel.objects.get(variant=place.bread).on_hand == 10


def test_cancelling_after_acceptance_refunds_once(place, bakery, bread):
    act(bakery, bread, "accept")
    first = act(bakery, bread, "cancel")
    again = act(bakery, bread, "cancel")
    assert (first.json(), again["Idempotency-Replayed"]) == (again.json(), "true")
    assert code(act(bakery, bread, "cancel", key="other")) == (409, "not_cancellable")
    assert list(Refund.objects.values_list("amount", "state")) == [(1100, "done")]


def test_actions_that_move_money_need_an_idempotency_key(place, bakery, bread):
    for action in ("accept", "cancel"):
        assert code(bakery.post(f"{bread}{action}/")) == (400, "idempotency_key_required")
    assert Order.objects.get(store=place.first).state == "paid"


def test_accepting_at_the_same_time_captures_once(place, bread):
    plain = key_for(place.union, store=place.first)
    answers, start = [], Barrier(4)

    def accept(key: str) -> None:
        start.wait()
        answers.append(act(Api(place.union, plain), bread, "accept", key=key).status_code)
        connections.close_all()

    threads = [Thread(target=accept, args=(f"k{number // 2}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 409}
    assert answers.count(200) >= 1
    assert PaymentSplit.objects.get(reference=bread.split("/")[1]).captured == 1100
    assert OrderChange.objects.filter(order__store=place.first, to_state="accepted").count() == 1


def test_customer_cancels_and_confirms_own_orders_only(place, customer, guest):
    own = OrderFactory(store=place.first, state="shipped", purchase__user=customer.user)
    address = f"orders/{own.number}/"
    assert code(act(customer, address, "accept")) == (403, "not_allowed")
    assert code(act(customer, address, "cancel")) == (409, "not_cancellable")
    assert act(customer, address, "deliver").json()["state"] == "delivered"
    foreign = OrderFactory(store=place.first, state="shipped")
    for action in ("deliver", "cancel", "accept"):
        assert code(act(customer, f"orders/{foreign.number}/", action)) == (404, "not_found")
    foreign.refresh_from_db()
    assert foreign.state == "shipped"


def test_orders_are_a_stores_own_a_unions_all_a_customers_bought(place, office, bakery, customer):
    first = OrderFactory(store=place.first)
    second = OrderFactory(store=place.second, state="delivered", purchase__user=customer.user)
    OrderFactory()

    def listed(api, query=""):
        return [order["number"] for order in api.get(f"orders/{query}").json()["results"]]

    assert listed(office) == [second.number, first.number]
    assert listed(bakery) == [first.number]
    assert listed(customer) == [second.number]
    assert listed(office, "?state=paid") == listed(office, f"?store={place.first.slug}") == [first.number]
    assert code(office.get("orders/?state=lost")) == (422, "invalid")


def test_list_of_orders_takes_the_same_queries_with_one_and_with_three(place, office):
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert office.get("orders/").status_code == 200
        return len(captured)

    OrderFactory(store=place.first)
    office.get("orders/")  # the key's last use is noted once a minute
    one = count()
    OrderFactory(store=place.first)
    OrderFactory(store=place.second)
    assert (one, count()) == (7, 7)
