"""Stock and prices over the API."""

import pytest

from stores.models import StockLevel, StockMovement, Variant
from tests.api.client import Api, key_for
from tests.api.story import fill
from tests.api.test_purchase import code
from tests.factories.stores import VariantFactory

pytestmark = pytest.mark.django_db


def test_stock_tells_what_is_left(place, bakery, guest):
    fill(guest, place)
    response = bakery.get(f"stock/{place.bread.sku}/")
    assert response.json() == {
        "sku": place.bread.sku,
        "store": place.first.slug,
        "product": place.bread.product.slug,
        "variant": place.bread.pk,
        "on_hand": 10,
        "reserved": 2,
        "available": 8,
        "low_at": 0,
    }
    assert response["ETag"] == '"10"'


def test_stock_of_another_store_is_not_there(place, bakery, office, customer):
    assert code(bakery.get(f"stock/{place.lamp.sku}/")) == (404, "not_found")
    assert code(customer.get(f"stock/{place.lamp.sku}/")) == (404, "not_found")
    assert [row["sku"] for row in bakery.get("stock/").json()["results"]] == [place.bread.sku]
    assert len(office.get("stock/").json()["results"]) == 2
    assert office.get(f"stock/?store={place.second.slug}").json()["results"][0]["sku"] == place.lamp.sku


def test_office_names_the_store_when_two_have_the_same_sku(place, office):
    VariantFactory(store=place.second, sku=place.bread.sku, stock=3)
    assert code(office.get(f"stock/{place.bread.sku}/")) == (422, "invalid")
    assert office.get(f"stock/{place.bread.sku}/?store={place.second.slug}").json()["on_hand"] == 3


def test_services_have_no_stock(place, bakery):
    service = VariantFactory(store=place.first, tracks_stock=False)
    assert code(bakery.get(f"stock/{service.sku}/")) == (404, "not_found")


def test_sku_may_hold_a_slash_and_a_space(place, bakery):
    VariantFactory(store=place.first, sku="A/B 7", stock=4)
    assert bakery.get("stock/A%2FB%207/").json()["on_hand"] == 4
    assert len(bakery.get("stock/A%2FB%207/movements/").json()["results"]) == 1


def test_count_needs_the_version_that_was_read(place, bakery):
    address = f"stock/{place.bread.sku}/"
    assert code(bakery.ask("PATCH", address, {"on_hand": 7})) == (428, "if_match_required")
    for tag in ('"9"', "nonsense", '"99999999999999999999999"'):
        assert code(bakery.ask("PATCH", address, {"on_hand": 7}, If_Match=tag))[0] == 412
    assert StockLevel.objects.get(variant=place.bread).on_hand == 10
    counted = bakery.ask("PATCH", address, {"on_hand": 7, "low_at": 3, "reason": "mice"}, If_Match='"10"')
    assert (counted.json()["on_hand"], counted.json()["low_at"], counted["ETag"]) == (7, 3, '"7"')
    again = bakery.ask("PATCH", address, {"on_hand": 6}, If_Match='"10"')
    assert (code(again), again.json()["on_hand"]) == ((412, "stale_stock"), 7)
    movement = StockMovement.objects.filter(variant=place.bread).latest("id")
    assert (movement.kind, movement.quantity, movement.reason) == ("adjusted", -3, "mice")


def test_count_below_what_is_reserved_is_refused(place, bakery, guest):
    fill(guest, place)
    response = bakery.ask("PATCH", f"stock/{place.bread.sku}/", {"on_hand": 1, "low_at": 5}, If_Match='"10"')
    assert code(response) == (409, "out_of_stock")
    level = StockLevel.objects.get(variant=place.bread)
    assert (level.on_hand, level.held, level.low_at) == (10, 2, 0)


def test_movements_are_made_once_per_key(place, bakery):
    address = f"stock/{place.bread.sku}/movements/"
    body = {"kind": "received", "quantity": 5, "reference": "DN-1"}
    assert code(bakery.post(address, body)) == (400, "idempotency_key_required")
    first = bakery.post(address, body, Idempotency_Key="a")
    again = bakery.post(address, body, Idempotency_Key="a")
    assert (first.status_code, first.json()["on_hand"], again.json()) == (201, 15, first.json())
    out = bakery.post(address, {"kind": "taken_out", "quantity": 15}, Idempotency_Key="b")
    assert out.json()["on_hand"] == 0
    refused = bakery.post(address, {"kind": "taken_out", "quantity": 1}, Idempotency_Key="c")
    assert code(refused) == (409, "out_of_stock")
    told = bakery.get(address).json()["results"]
    assert [(row["kind"], row["quantity"], row["reference"]) for row in told] == [
        ("taken_out", -15, ""),
        ("received", 5, "DN-1"),
        ("received", 10, ""),
    ]


def test_keys_of_two_callers_do_not_meet(place, bakery, office):
    address = f"stock/{place.bread.sku}/movements/"
    for api in (bakery, office):
        assert api.post(address, {"kind": "received", "quantity": 1}, Idempotency_Key="same").status_code == 201
    assert StockLevel.objects.get(variant=place.bread).on_hand == 12


def test_price_is_changed_by_who_read_it_last(place, bakery):
    address = f"prices/{place.bread.sku}/"
    read = bakery.get(address)
    assert (read.json()["price"], read["ETag"]) == ({"amount": 350, "currency": "GBP"}, '"1"')
    changed = bakery.ask("PUT", address, {"price": 300, "was_price": 350}, If_Match=read["ETag"])
    assert (changed.json()["price"]["amount"], changed.json()["was_price"]["amount"]) == (300, 350)
    late = bakery.ask("PUT", address, {"price": 200}, If_Match=read["ETag"])
    assert (code(late), late.json()["price"]) == ((412, "stale_price"), 300)
    assert code(bakery.ask("PUT", address, {"price": 200})) == (428, "if_match_required")
    wrong = bakery.ask("PUT", address, {"price": 400, "was_price": 400}, If_Match=changed["ETag"])
    assert code(wrong) == (422, "was_price_not_dearer")
    assert Variant.objects.get(pk=place.bread.pk).price == 300


def test_reading_stock_does_not_let_change_it(place):
    reader = Api(place.union, key_for(place.union, store=place.first, scopes=["stock:read"]))
    assert code(reader.ask("PATCH", f"stock/{place.bread.sku}/", {"on_hand": 7}, If_Match='"10"')) == (
        403,
        "scope_missing",
    )
