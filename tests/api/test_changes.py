"""Pieces called off, returns and exchanges over the API."""

import pytest

from orders.models import OrderLine, Return
from payments.models import PaymentSplit
from stores.models import StockLevel
from tests.api.client import Api, key_for
from tests.api.story import buy
from tests.api.test_purchase import code
from tests.factories.accounts import UserFactory
from tests.factories.orders import OrderFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bread(place, guest) -> str:
    """The path of a paid order of two loaves at 3.50."""
    numbers = {order["store"]: order["number"] for order in buy(guest, place)["orders"]}
    return f"orders/{numbers[place.first.slug]}/"


def act(api: Api, address: str, action: str, body: object = None, key: str = ""):
    return api.post(f"{address}{action}/", body, Idempotency_Key=key or f"{action} {address}")


def line_of(api: Api, order: str) -> int:
    return api.get(order).json()["lines"][0]["id"]


def test_pieces_are_called_off_by_their_line(place, bakery, bread):
    assert act(bakery, bread, "accept").status_code == 200
    body = {"lines": [{"id": line_of(bakery, bread), "quantity": 1}], "reason": "Burnt"}
    for _again in range(2):
        told = act(bakery, bread, "cancel", body).json()
    line = told["lines"][0]
    assert (told["state"], line["quantity"], line["cancelled"], line["returned"]) == ("accepted", 2, 1, 0)
    assert (told["given_back"]["amount"], [note["kind"] for note in told["credits"]]) == (350, ["called_off"])
    assert told["credits"][0]["total"] == {"amount": 350, "currency": "GBP"}
    assert PaymentSplit.objects.get(reference=told["number"]).refunded == 350
    assert StockLevel.objects.get(variant=place.bread).on_hand == 9
    body["lines"][0]["quantity"] = 5
    refused = act(bakery, bread, "cancel", body, key="more")
    assert (code(refused), refused.json()["left"]) == ((409, "pieces_gone"), 1)


def test_a_return_is_asked_by_the_store_received_and_refunded(place, bakery, bread):
    for action, body in (("accept", None), ("pack", None), ("ship", {"carrier": "Royal Mail"}), ("deliver", None)):
        assert act(bakery, bread, action, body).status_code == 200
    asked = act(bakery, bread, "return", {"lines": [{"id": line_of(bakery, bread), "quantity": 2}], "reason": "Stale"})
    told = asked.json()
    assert (asked.status_code, told["state"], told["total"]["amount"]) == (201, "requested", 700)
    assert told["next_actions"] == ["approve", "decline", "cancel"]
    address = f"returns/{told['number']}/"
    assert code(act(bakery, address, "refund")) == (409, "wrong_state")
    assert act(bakery, address, "approve", {"answer": "Bring it"}).json()["answer"] == "Bring it"
    came = {"lines": [{"id": told["lines"][0]["id"], "restock": 1, "write_off": 1}]}
    assert act(bakery, address, "receive", came).json()["state"] == "received"
    less = act(bakery, address, "refund", {"amount": 500}, key="less")
    assert (code(less), less.json()["field"]) == ((422, "invalid"), "reason")
    for _again in range(2):
        done = act(bakery, address, "refund", {"amount": 500, "reason": "Half eaten"}, key="really").json()
    assert (done["state"], done["total"]["amount"]) == ("refunded", 500)
    assert [step["to_state"] for step in done["steps"]] == ["requested", "approved", "received", "refunded"]
    assert [row["number"] for row in bakery.get("returns/?state=refunded").json()["results"]] == [told["number"]]
    assert bakery.get("returns/?state=requested").json()["results"] == []
    assert StockLevel.objects.get(variant=place.bread).on_hand == 9


def test_an_exchange_answers_the_order_that_is_sent(place, bakery, bread):
    for action, body in (("accept", None), ("pack", None), ("ship", {"carrier": "Royal Mail"}), ("deliver", None)):
        act(bakery, bread, action, body)
    told = act(
        bakery, bread, "return", {"lines": [{"id": line_of(bakery, bread), "quantity": 1}], "reason": "Stale"}
    ).json()
    address = f"returns/{told['number']}/"
    act(bakery, address, "approve")
    act(bakery, address, "receive", {"lines": [{"id": told["lines"][0]["id"], "restock": 1}]})
    assert code(act(bakery, address, "exchange", {"sku": "NONE", "quantity": 1}, key="none")) == (404, "not_found")
    done = act(bakery, address, "exchange", {"sku": place.bread.sku, "quantity": 1}, key="same").json()
    assert (done["state"], done["total"]["amount"], done["bill"]) == ("refunded", 0, None)
    assert bakery.get(f"orders/{done['replacement']}/").json()["state"] == "paid"


def test_a_customer_asks_and_calls_off_but_does_not_decide(place):
    shopper = UserFactory()
    order = OrderFactory(store=place.first, state="delivered", purchase__user=shopper)
    line = OrderLine.objects.get(order=order)
    api = Api(place.union, key_for(place.union, user=shopper))
    body = {"lines": [{"id": line.pk, "quantity": 1}], "reason": "Wrong"}
    refused = act(api, f"orders/{order.number}/", "return", body)
    assert code(refused) == (409, "not_returnable")  # the fixture's order arrived long ago
    returned = Return.objects.create(
        union=place.union,
        store=place.first,
        order=order,
        number="RET-1",
        currency="GBP",
        total=1000,
        requested_at=order.placed_at,
    )
    for action in ("approve", "decline", "receive", "refund", "exchange"):
        assert code(act(api, "returns/RET-1/", action)) == (403, "not_allowed")
    returned.refresh_from_db()
    assert returned.state == "requested"
    assert act(api, "returns/RET-1/", "cancel").json()["state"] == "cancelled"
