"""Parts of orders and parcels over the API; a carrier's program tells of its own parcels."""

import pytest

from orders.models import Carrier, Order, Shipment
from stores.models import ApiKey
from tests.api.client import Api, key_for
from tests.api.test_purchase import code
from tests.factories.accounts import UserFactory
from tests.factories.parcels import carrier_service, line_ids, packed_order, sent

pytestmark = pytest.mark.django_db


def told(api, number, *, id="1", state="delivered", at="2026-03-02T10:00:00Z", **more):
    return api.post(f"shipments/{number}/events/", {"id": id, "state": state, "at": at, **more})


@pytest.fixture
def order(place) -> Order:
    return packed_order(store=place.first)


def test_an_order_is_shipped_in_parts(place, bakery, order):
    service = carrier_service(place.union)
    first, second = line_ids(order)
    answer = bakery.post(
        f"orders/{order.number}/ship/",
        {"service": "peninsula/standard", "weight": 700, "lines": [{"id": first, "quantity": 2}]},
    )
    assert answer.status_code == 200, answer.content
    assert (answer.json()["state"], answer.json()["next_actions"]) == ("packed", ["ship", "cancel"])
    [parcel] = answer.json()["shipments"]
    assert (parcel["carrier"], parcel["weight"], parcel["lines"]) == (
        "Peninsula Post",
        700,
        [{"id": first, "quantity": 2}],
    )
    assert [line["id"] for line in answer.json()["lines"]] == [first, second]
    many = {"carrier": "Post", "lines": [{"id": first, "quantity": 1}, {"id": first, "quantity": 1}]}
    refused = bakery.post(f"orders/{order.number}/ship/", many)
    assert (code(refused), refused.json()["left"]) == ((409, "too_many_pieces"), 1)
    unknown = bakery.post(f"orders/{order.number}/ship/", {"service": "peninsula/pigeon"})
    assert code(unknown) == (422, "invalid")
    assert Shipment.objects.count() == 1
    rest = bakery.post(f"orders/{order.number}/ship/", {"carrier": "Post"}).json()
    assert (rest["state"], rest["shipments"][1]["lines"]) == (
        "shipped",
        [{"id": first, "quantity": 1}, {"id": second, "quantity": 2}],
    )
    assert Shipment.objects.get(carried_by=service.carrier).cost == 420


def test_a_carrier_tells_of_its_own_parcels(place, order):
    service, other = carrier_service(place.union), carrier_service(place.union, slug="other")
    plain = key_for(place.union, scopes=["shipments:write", "orders:read"])
    Carrier.objects.filter(pk=service.carrier_id).update(api_key=ApiKey.objects.get())
    theirs = sent(order, 3, service=service, tracking_number="JV1")
    foreign = sent(order, service=other, tracking_number="XX1")
    carrier = Api(place.union, plain)
    answer = told(carrier, "JV1", place="Truro", words="At the door")
    assert answer.status_code == 200, answer.content
    assert (answer.json()["number"], answer.json()["state"], answer.json()["order"]) == (
        theirs.number,
        "delivered",
        order.number,
    )
    assert answer.json()["events"][-1] == {
        "id": "1",
        "state": "delivered",
        "at": "2026-03-02T10:00:00Z",
        "place": "Truro",
        "words": "At the door",
        "told": "api",
    }
    assert len(told(carrier, theirs.number).json()["events"]) == 2
    assert carrier.get(f"shipments/{theirs.number}/").json()["state"] == "delivered"
    for number in (foreign.number, "XX1", "NOBODY"):
        assert code(told(carrier, number)) == (404, "not_found")
    assert foreign.events.count() == 1


def test_with_its_last_parcel_an_order_is_delivered(place, bakery, order):
    first, second = sent(order, 3), sent(order)
    told(bakery, first.number)
    assert Order.objects.get(pk=order.pk).state == "shipped"
    told(bakery, second.number)
    assert Order.objects.get(pk=order.pk).state == "delivered"


def test_a_customer_reads_and_tells_nothing(place):
    user = UserFactory()
    parcel = sent(packed_order(store=place.first, purchase__user=user))
    customer = Api(place.union, key_for(place.union, user=user))
    assert customer.get(f"shipments/{parcel.number}/").status_code == 200
    assert code(told(customer, parcel.number)) == (403, "not_allowed")
    assert parcel.events.count() == 1


@pytest.mark.parametrize(
    "wrong", [{"state": "lost"}, {"at": "soon"}, {"id": ""}, {"id": "x" * 81}, {"at": "2999-01-01T00:00:00Z"}]
)
def test_what_makes_no_sense_is_refused(place, bakery, order, wrong):
    parcel = sent(order)
    assert code(told(bakery, parcel.number, **wrong)) == (422, "invalid")
    assert parcel.events.count() == 1


def test_a_code_hands_over_at_the_counter(place, bakery):
    from orders.services.handing import ask_for_proof, code_of

    order = packed_order(store=place.first, delivery_kind="pickup")
    ask_for_proof(store=place.first, proof="code", actor=UserFactory(), now=order.placed_at)
    answer = bakery.post(f"orders/{order.number}/deliver/")
    assert (code(answer), answer.json()["proof"]) == ((409, "proof_needed"), "code")
    assert code(bakery.post(f"orders/{order.number}/deliver/", {"code": "1"})) == (422, "wrong_code")
    assert bakery.post(f"orders/{order.number}/deliver/", {"code": code_of(order=order)}).json()["state"] == "delivered"
