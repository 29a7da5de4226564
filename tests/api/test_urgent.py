"""Urgent sales over the API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from stores.models import UrgentLevel, UrgentPlace, UrgentSale
from tests.api.client import Api, key_for
from tests.api.test_purchase import code
from tests.factories.urgent import is_proven, urgent_sale

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def running(variant, **plan):
    now = timezone.now()
    return urgent_sale(variant, now=now - HOUR, **{"starts_at": now - HOUR, "ends_at": now + HOUR, **plan})


def planned_body(place, **body):
    now = timezone.now()
    times = {"starts_at": (now + HOUR).isoformat(), "ends_at": (now + 2 * HOUR).isoformat()}
    return {"sku": place.bread.sku, "quantity": 4, "percent": 40, **times, **body}


def path(place, rest=""):
    return f"/api/v1/unions/{place.union.slug}/urgent-sales/{rest}"


def test_store_plans_changes_and_ends_a_sale(place):
    api = Api(place.union, key_for(place.union, store=place.first))
    made = api.ask("POST", path(place), planned_body(place), Idempotency_Key="one")
    assert made.status_code == 201, made.content
    said = made.json()
    assert (said["state"], said["price"]["amount"], said["quantity"], said["left"]) == ("planned", 210, 4, 4)
    again = api.ask("POST", path(place), planned_body(place), Idempotency_Key="one")
    assert again.status_code == 422 and UrgentSale.objects.count() == 1
    body = planned_body(place, quantity=2, per_shopper=1)
    del body["sku"]
    changed = api.ask("PUT", path(place, f"{said['ref']}/"), body)
    assert (changed.status_code, changed.json()["quantity"], changed.json()["per_shopper"]) == (200, 2, 1)
    ended = api.ask("POST", path(place, f"{said['ref']}/end/"))
    assert (ended.status_code, ended.json()["state"], ended.json()["left"]) == (200, "cancelled", 0)
    assert code(api.ask("POST", path(place, f"{said['ref']}/end/"))) == (409, "urgent_over")
    assert is_proven(UrgentSale.objects.get())


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"quantity": 40}, (409, "out_of_stock")),
        ({"percent": 100}, (422, "invalid")),
        ({"price": 100}, (422, "invalid")),
        ({"sku": "nothing"}, (404, "not_found")),
    ],
)
def test_plan_that_cannot_be_is_refused(place, body, refusal):
    api = Api(place.union, key_for(place.union, store=place.first))
    assert code(api.ask("POST", path(place), planned_body(place, **body), Idempotency_Key="k")) == refusal
    assert UrgentSale.objects.count() == 0


def test_other_stores_and_customers_change_nothing(place):
    sale = running(place.bread)
    api = Api(place.union, key_for(place.union, store=place.second))
    assert code(api.ask("POST", path(place, f"{sale.ref}/end/"))) == (404, "not_found")
    assert api.ask("GET", path(place, f"{sale.ref}/")).json()["state"] == "running"


def test_guest_takes_waits_and_is_let_in(place):
    sale = running(place.bread, quantity=1)
    guest, first, second = Api(place.union), "a" * 43, "b" * 43
    seen = guest.ask("GET", path(place)).json()["results"]
    assert [(one["ref"], one["left"]) for one in seen] == [(sale.ref, 1)]
    taken = guest.ask("POST", path(place, f"{sale.ref}/take/"), {"quantity": 1}, Cart_Token=first)
    assert (taken.status_code, taken.json()) == (201, {"token": first, "pieces": 1})
    busy = guest.ask("POST", path(place, f"{sale.ref}/take/"), {}, Cart_Token=second)
    assert code(busy) == (409, "urgent_busy")
    waits = guest.ask("POST", path(place, f"{sale.ref}/place/"), {}, Cart_Token=second)
    assert (waits.status_code, waits.json()["before"], waits.json()["token"]) == (201, 0, second)
    line = f"/api/v1/unions/{place.union.slug}/cart/lines/{place.first.slug}/{place.bread.sku}/"
    assert guest.ask("DELETE", line, Cart_Token=first).status_code == 200
    stands = guest.ask("GET", path(place, f"{sale.ref}/place/"), Cart_Token=second).json()
    assert (stands["held"], stands["is_waiting"]) == (1, False)
    taken = guest.ask("POST", path(place, f"{sale.ref}/take/"), {}, Cart_Token=second)
    assert taken.status_code == 201
    detail = guest.ask("GET", path(place, f"{sale.ref}/")).json()
    assert (detail["left"], detail["claimed"], detail["bought"], detail["is_sold_out"]) == (0, 1, 0, False)


def test_place_can_be_given_up(place):
    sale = running(place.bread, quantity=1)
    guest = Api(place.union)
    guest.ask("POST", path(place, f"{sale.ref}/take/"), {}, Cart_Token="a" * 43)
    waits = guest.ask("POST", path(place, f"{sale.ref}/place/"), {}).json()
    assert waits["is_waiting"] and len(waits["token"]) == 43
    left = guest.ask("DELETE", path(place, f"{sale.ref}/place/"), Cart_Token=waits["token"])
    assert (left.status_code, left.json()["is_waiting"], UrgentPlace.objects.count()) == (200, False, 0)


def test_sold_out_is_final(place):
    sale = running(place.bread, quantity=1)
    UrgentLevel.objects.update(sold=1)
    answer = Api(place.union).ask("POST", path(place, f"{sale.ref}/take/"), {}, Cart_Token="a" * 43)
    assert code(answer) == (409, "sold_out")
