"""Every address of the API is visited by those who have no business there."""

import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from core.api.endpoint import Endpoint, UnionEndpoint
from orders.models import Cart, OrderChange, Return
from stores.models import StockMovement, Variant
from tests.api.client import Api, key_for
from tests.api.test_purchase import code
from tests.factories.accounts import UserFactory
from tests.factories.orders import OrderFactory, market
from tests.factories.parcels import packed_order, sent
from tests.factories.payments import PaymentAccountFactory, asked_payment, split_want
from tests.factories.reservations import ReservationFactory, repair_shop
from tests.factories.unions import UnionFactory
from tests.stores.supply import supplied

pytestmark = pytest.mark.django_db

OTHERS_OWN = {
    "suppliers",
    "purchase-orders",
    "orders",
    "shipments",
    "returns",
    "reservations",
    "stock",
    "prices",
    "payment-requests",
    "purchases",
    "payment-accounts",
}
"""First words of addresses that name something of one store or one customer."""


def routes() -> Iterator[tuple[str, type[Endpoint]]]:
    """Every address below /api/v1/ with the class behind it."""

    def walk(patterns, prefix: str) -> Iterator[tuple[str, type[Endpoint]]]:
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route)
            elif isinstance(pattern, URLPattern) and route.startswith("api/v1/"):
                view = getattr(pattern.callback, "cls", None)
                if view is not None and issubclass(view, Endpoint) and view.scopes:
                    yield "/" + route, view

    yield from walk(get_resolver().url_patterns, "")


def calls() -> list[tuple[str, str, type[Endpoint]]]:
    return [(method, route, view) for route, view in routes() for method in view.scopes]


CALLS = calls()
NAMES = [f"{method} {route}" for method, route, _view in CALLS]
SCOPED = [call for call in CALLS if call[2].scopes[call[0]] is not None]


def filled(route: str, **names: str) -> str:
    usual = {"int:": "1"}
    return re.sub(r"<(\w+:)?(\w+)>", lambda found: names.get(found.group(2), usual.get(found.group(1), "x")), route)


def ask(api: Api, method: str, address: str):
    return api.ask(method, address, {}, Idempotency_Key="k", If_Match='"1"', Cart_Token="t" * 43)


def test_every_address_is_walked():
    assert len(CALLS) == 179
    assert len({view for _route, view in routes() if issubclass(view, UnionEndpoint)}) == 142


def test_every_method_has_a_scope_and_every_scope_a_method():
    for route, view in routes():
        handled = {name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)}
        assert handled == set(view.scopes), route


@pytest.mark.parametrize(("method", "route", "view"), CALLS, ids=NAMES)
def test_without_a_key(place, method, route, view):
    response = ask(Api(place.union), method, filled(route, union=place.union.slug))
    if view.scopes[method] is not None and not view.guests_too:
        assert code(response) == (401, "key_missing")
    else:
        assert response.status_code in (200, 201, 404, 422), response.content


@pytest.mark.parametrize(("method", "route", "view"), CALLS, ids=NAMES)
def test_with_another_unions_key(place, method, route, view):
    elsewhere = UnionFactory()
    api = Api(place.union, key_for(elsewhere))
    response = ask(api, method, filled(route, union=place.union.slug))
    if issubclass(view, UnionEndpoint):
        assert code(response) == (404, "not_found")
    else:
        assert response.status_code in (200, 422)
    assert Cart.objects.count() == 0


@pytest.mark.parametrize(("method", "route", "view"), SCOPED, ids=[f"{call[0]} {call[1]}" for call in SCOPED])
def test_with_a_key_that_lacks_the_scope(place, method, route, view):
    api = Api(place.union, key_for(place.union, scopes=["webhooks:write"]))
    response = ask(api, method, filled(route, union=place.union.slug))
    assert (code(response), view.scopes[method] in response.json()["detail"]) == ((403, "scope_missing"), True)


@pytest.mark.parametrize("who", ["store", "customer"])
@pytest.mark.parametrize(("method", "route", "view"), CALLS, ids=NAMES)
def test_with_the_key_of_another_store_or_customer(place, method, route, view, who):
    """Everything named in the address exists and belongs to the first store and a customer of it."""
    shopper = UserFactory()
    order = OrderFactory(store=place.first, state="paid", purchase__user=shopper)
    payment = asked_payment(
        place.union, split_want(place.first.membership, 1400), account=PaymentAccountFactory(user=shopper)
    )
    parcel = sent(packed_order(store=place.first, purchase__user=shopper))
    held = ReservationFactory(bookable=repair_shop(store=place.first), user=shopper)
    bought = supplied(place.first).order()
    back = Return.objects.create(
        union=place.union,
        store=place.first,
        order=order,
        number="BACK-0001",
        currency="GBP",
        total=1000,
        requested_at=order.placed_at,
    )
    number = {
        "purchase-orders": bought.number,
        "purchases": order.purchase.number,
        "payment-requests": payment.number,
        "reservations": held.number,
        "shipments": parcel.number,
        "returns": back.number,
    }
    first_word = route.removeprefix("/api/v1/unions/<slug:union>/").split("/")[0]
    owner = {"store": place.second} if who == "store" else {"user": UserFactory()}
    address = filled(
        route,
        union=place.union.slug,
        store=place.first.slug,
        product=place.bread.product.slug,
        sku=place.bread.sku,
        number=number.get(first_word, order.number),
        account="0" * 20,
        ref=bought.supplier.ref if first_word == "suppliers" else "x",
    )
    steps, moves = OrderChange.objects.count(), StockMovement.objects.count()
    response = ask(Api(place.union, key_for(place.union, **owner)), method, address)
    if first_word in OTHERS_OWN and "<" in route.split("<slug:union>/")[1]:
        refused = (403, "not_allowed") if first_word == "payment-accounts" and who == "store" else (404, "not_found")
        assert code(response) == refused
    for secret in (
        order.number,
        order.purchase.number,
        payment.number,
        held.number,
        held.token,
        bought.number,
        parcel.number,
        back.number,
    ):
        assert secret not in response.content.decode()
    back.refresh_from_db()
    assert (back.state, back.steps.count()) == ("requested", 0)
    held.refresh_from_db()
    assert (held.state, held.changes.count()) == ("proposed", 1)
    order.refresh_from_db()
    assert (order.state, OrderChange.objects.count(), StockMovement.objects.count()) == ("paid", steps, moves)
    assert Variant.objects.get(pk=place.bread.pk).price == 350


def test_goods_of_another_union_are_not_sold_here(place, guest):
    elsewhere = market()
    for address in (
        f"products/{elsewhere.first.slug}/{elsewhere.bread.product.slug}/",
        f"stores/{elsewhere.first.slug}/",
    ):
        assert code(guest.get(address)) == (404, "not_found")
    assert elsewhere.bread.sku not in guest.get("products/").content.decode()
