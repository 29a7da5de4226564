"""The way that led to an order and figures of visitors over the API: each key sees what is its own."""

from datetime import UTC, datetime

import pytest

from orders.models import PurchasePath, VisitDay
from tests.api.client import Api, key_for
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, OrderFactory

pytestmark = pytest.mark.django_db


def path(place):
    order = OrderFactory(store=place.first, state="paid")
    at = NOW.isoformat()
    steps = [
        {"at": at, "kind": "page", "page": f"/{place.second.slug}/"},
        {"at": at, "kind": "page", "page": f"/{place.first.slug}/", "seconds": 9},
    ]
    PurchasePath.objects.create(
        union=place.union,
        purchase=order.purchase,
        visitor="v1",
        began_at=NOW,
        bought_at=NOW,
        source="direct",
        steps=steps,
    )
    return order


def test_a_store_reads_its_part_of_the_way_and_the_office_all_of_it(place):
    order = path(place)
    for owner, pages in (
        ({"store": place.first}, [f"/{place.first.slug}/"]),
        ({}, [f"/{place.second.slug}/", f"/{place.first.slug}/"]),
    ):
        told = Api(place.union, key_for(place.union, **owner)).get(f"orders/{order.number}/path/").json()
        assert (told["source"], [step["page"] for step in told["steps"]]) == ("direct", pages)
        assert "visitor" not in told
    stranger = Api(place.union, key_for(place.union, store=place.second))
    assert stranger.get(f"orders/{order.number}/path/").status_code == 404


def test_an_order_without_a_way_has_none(place):
    order = OrderFactory(store=place.first, state="paid")
    api = Api(place.union, key_for(place.union, store=place.first))
    assert api.get(f"orders/{order.number}/path/").status_code == 404


def test_visitors_of_a_store_and_of_the_union_and_of_no_customer(place):
    today = datetime.now(UTC).date()
    for store, seen in ((place.first, 7), (place.second, 5), (None, 11)):
        VisitDay.objects.create(union=place.union, store=store, day=today, seen=seen, in_cart=3, checkout=2, bought=1)
    for owner, seen in (({"store": place.first}, 7), ({}, 11)):
        told = Api(place.union, key_for(place.union, **owner)).get("visitors/?days=7").json()
        assert (told["total"]["seen"], told["total"]["bought"], told["before"]["seen"]) == (seen, 1, 0)
        assert len(told["days"]) == 7
    customer = Api(place.union, key_for(place.union, user=UserFactory()))
    assert customer.get("visitors/").json()["code"] == "not_allowed"
    office = Api(place.union, key_for(place.union))
    assert office.get("visitors/?days=900").status_code == 422
