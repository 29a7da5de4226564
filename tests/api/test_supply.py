"""Suppliers and orders placed there, over the API."""

import pytest

from stores.models import PurchaseOrder, StockLevel, Supplier
from tests.api.test_purchase import code

pytestmark = pytest.mark.django_db


@pytest.fixture
def mill(place, bakery):
    response = bakery.post("suppliers/", {"name": "Mill", "lead_days": 3}, Idempotency_Key="mill")
    assert response.status_code == 201
    ref = response.json()["ref"]
    good = {"sku": place.bread.sku, "price": 120, "code": "M-1"}
    assert bakery.post(f"suppliers/{ref}/goods/", good, Idempotency_Key="good").json() == {
        "sku": place.bread.sku,
        "code": "M-1",
        "price": {"amount": 120, "currency": "GBP"},
        "pack_size": 1,
        "minimum": 1,
        "is_preferred": False,
    }
    return ref


def ordered(bakery, place, mill, **more):
    body = {"supplier": mill, "lines": [{"sku": place.bread.sku, "quantity": 10}], "send": True, **more}
    return bakery.post("purchase-orders/", body, Idempotency_Key="order")


def test_an_order_goes_out_and_comes_in_in_parts(place, bakery, mill):
    order = ordered(bakery, place, mill).json()
    assert (order["state"], order["lines"][0]["unit_price"]["amount"]) == ("sent", 120)
    address = f"purchase-orders/{order['number']}/"
    part = {"delivery_note": "D1", "lines": [{"sku": place.bread.sku, "quantity": 4}]}
    for key in ("a", "a", "b"):
        answer = bakery.post(address + "receive/", part, Idempotency_Key=key).json()
        assert (answer["state"], answer["lines"][0]["received"]) == ("partly_received", 4)
    assert StockLevel.objects.get(pk=place.bread.pk).on_hand == 14
    too_many = {"lines": [{"sku": place.bread.sku, "quantity": 7}]}
    assert code(bakery.post(address + "receive/", too_many, Idempotency_Key="c")) == (422, "more_than_ordered")
    twice = {"lines": [{"sku": place.bread.sku, "quantity": 1}] * 2}
    assert code(bakery.post(address + "receive/", twice, Idempotency_Key="d")) == (422, "invalid")
    assert bakery.post(address + "call-off/", {}, Idempotency_Key="e").json()["state"] == "received"
    assert code(bakery.post(address + "receive/", too_many, Idempotency_Key="f")) == (409, "wrong_state")
    assert StockLevel.objects.get(pk=place.bread.pk).on_hand == 14


def test_a_draft_is_sent_later(place, bakery, mill):
    order = ordered(bakery, place, mill, send=False).json()
    assert order["state"] == "draft"
    assert bakery.post(f"purchase-orders/{order['number']}/send/", {}, Idempotency_Key="s").json()["state"] == "sent"
    assert [row["number"] for row in bakery.get("purchase-orders/").json()["results"]] == [order["number"]]


def test_what_is_wrong_orders_nothing(place, bakery, mill):
    for lines in ([], [{"sku": "NONE", "quantity": 1}], [{"sku": place.bread.sku, "quantity": 0}]):
        assert ordered(bakery, place, mill, lines=lines).status_code == 422
    assert code(ordered(bakery, place, "SU-NOBODY")) == (404, "not_found")
    assert not PurchaseOrder.objects.exists()
    assert code(bakery.post("suppliers/", {"name": "Mill"}, Idempotency_Key="x")) == (422, "supplier_name_taken")


def test_an_office_names_the_store(place, office, bakery, mill):
    shared = Supplier.objects.create(union=place.union, name="Coop", ref="SU-COOP")
    assert code(office.get("suppliers/")) == (422, "invalid")
    rows = office.get(f"suppliers/?store={place.first.slug}").json()["results"]
    assert [(row["name"], row["shared"]) for row in rows] == [("Coop", True), ("Mill", False)]
    rows = office.get(f"suppliers/?store={place.second.slug}").json()["results"]
    assert [row["ref"] for row in rows] == [shared.ref]
    assert code(office.get(f"suppliers/{mill}/?store={place.second.slug}")) == (404, "not_found")
