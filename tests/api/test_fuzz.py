"""Whatever is sent, nothing breaks: every answer is one of those that are promised."""

import json
import string

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.api.client import Api, key_for
from tests.api.test_access import CALLS, filled
from tests.factories.orders import OrderFactory, market

pytestmark = pytest.mark.django_db

PROMISED = {200, 201, 204, 400, 401, 403, 404, 405, 406, 409, 412, 415, 422, 428}
NAMES = [
    "lines", "variant", "store", "sku", "quantity", "email", "recipient", "country", "delivery", "payment", "account",
    "token", "provider", "digest", "on_hand", "low_at", "reason", "kind", "reference", "price", "was_price", "carrier",
    "tracking_url", "code", "holder", "id", "restock", "write_off", "amount", "unit_price", "wish", "pieces", "service",
    "weight", "state", "events", "at", "words", "satisfaction", "starts_at", "ends_at", "percent", "steps", "supplier",
]  # fmt: skip
WORDS = ["received", "taken_out", "bank:approves", "bank", "GB", "a@example.com", "x" * 300, "\x00", "\ud800", ""]
scalars = (
    some.none()
    | some.booleans()
    | some.integers(-(2**70), 2**70)
    | some.floats(allow_nan=False)
    | some.sampled_from(WORDS)
    | some.text(max_size=20)
)
values = some.recursive(
    scalars,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)
bodies = some.dictionaries(some.sampled_from(NAMES), values, max_size=8) | values
texts = some.text(alphabet=string.printable + "é茶\x00", max_size=12)


@pytest.fixture
def ground(db):
    place = market()
    order = OrderFactory(store=place.first)
    return place, order, key_for(place.union), key_for(place.union, store=place.first)


@settings(max_examples=150)
@given(
    call=some.sampled_from(CALLS),
    body=bodies,
    word=texts,
    query=texts,
    named=some.booleans(),
    whose=some.integers(0, 2),
)
def test_no_request_breaks_anything(ground, settings, call, body, word, query, named, whose):
    settings.API_RATE_KEY = settings.API_RATE_GUEST = 10**6
    place, order, office, bakery = ground
    method, route, _view = call
    names = {"store": place.first.slug, "product": place.bread.product.slug, "sku": place.bread.sku}
    names = {**names, "number": order.number} if named else dict.fromkeys([*names, "number", "account"], word)
    from urllib.parse import quote

    address = filled(route, **{name: quote(value, safe="") for name, value in names.items()}, union=place.union.slug)
    address += "".join(f"{'&' if number else '?'}{name}={quote(query)}" for number, name in enumerate(
        ["q", "class", "store", "in_stock", "cursor", "page_size", "lat", "lon", "state", "kind", "days"]
    ))  # fmt: skip
    api = Api(place.union, ["", office, bakery][whose])
    api.client = Client(raise_request_exception=False)
    response = api.client.generic(
        method,
        address,
        json.dumps(body).encode(),
        content_type="application/json",
        headers={
            **api.headers,
            "Idempotency-Key": "k" + str(hash(str(body))),
            "If-Match": '"10"',
            "Cart-Token": "t" * 43,
        },
    )
    assert response.status_code in PROMISED, (method, address, body, response.content)
    if response.status_code >= 400:
        assert response["Content-Type"] == "application/problem+json"


@settings(max_examples=60)
@given(raw=some.binary(max_size=60), call=some.sampled_from(CALLS))
def test_no_bytes_break_anything(ground, settings, raw, call):
    settings.API_RATE_KEY = 10**6
    place, order, office, _bakery = ground
    address = filled(call[1], union=place.union.slug, store=place.first.slug, sku=place.bread.sku, number=order.number)
    api = Api(place.union, office)
    headers = {**api.headers, "Idempotency-Key": "k", "If-Match": "x", "Cart-Token": "t" * 43}
    client = Client(raise_request_exception=False)
    response = client.generic(call[0], address, raw, content_type="application/json", headers=headers)
    assert response.status_code in PROMISED, (address, raw, response.content)
