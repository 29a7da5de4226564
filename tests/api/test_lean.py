"""Usual requests of a purchase pass DRF's wrapping: the answers are the same, word for word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.serializers.cart import CheckoutSerializer, DigestSerializer, NewLinesSerializer
from orders.serializers.quick import quick_details, quick_digest, quick_lines
from stores.models import StockLevel
from tests.api.client import Api, key_for
from tests.api.story import DETAILS, fill, review

TEXTS = st.one_of(
    st.text(max_size=8), st.sampled_from(["", " x", "x\u3000", "GB", "gb", "a@b.io", "é@b", "\ud800", "\0", "Truro"])
)
VALUES = st.one_of(TEXTS, st.integers(-2, 2**64), st.booleans(), st.none(), st.floats(), st.lists(TEXTS, max_size=1))
LINES = st.fixed_dictionaries({}, optional=dict.fromkeys(("variant", "store", "sku", "quantity", "more"), VALUES))

DETAIL_NAMES = (*DETAILS, "phone", "note", "delivery", "payment")


def read_both_ways(quick, serializer, data):
    """What is read quickly, and what the serializer reads; nothing twice where the quick way leaves it to the other."""
    read = quick(data)
    if read is None:
        return None, None
    full = serializer(data=data)
    assert full.is_valid(), full.errors
    return read, full.validated_data


@given(st.fixed_dictionaries({}, optional={"lines": st.one_of(VALUES, st.lists(st.one_of(LINES, VALUES), max_size=3))}))
def test_lines_are_read_as_the_serializer_reads_them(data):
    quickly, fully = read_both_ways(quick_lines, NewLinesSerializer, data)
    assert quickly == fully


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(DETAIL_NAMES, VALUES)))
def test_odd_details_are_read_as_the_serializer_reads_them(data):
    quickly, fully = read_both_ways(quick_details, CheckoutSerializer, DETAILS | data)
    assert quickly == fully
    quickly, fully = read_both_ways(quick_digest, DigestSerializer, {"digest": data.get("note")})
    assert quickly == fully


def test_usual_bodies_are_read_quickly():
    lines = {"lines": [{"variant": 3, "quantity": 2}, {"store": "bakery", "sku": "LOAF", "quantity": 1}]}
    payments = [{"token": "bank:approves"}, {"token": "bank:approves", "provider": "bank"}]
    for quick, serializer, data in [
        (quick_lines, NewLinesSerializer, lines),
        (quick_digest, DigestSerializer, {"digest": "l1.abc~t.def"}),
        *((quick_details, CheckoutSerializer, DETAILS | {"payment": payment}) for payment in payments),
        (quick_details, CheckoutSerializer, DETAILS | {"delivery": {"bakery": 7}}),
    ]:
        quickly, fully = read_both_ways(quick, serializer, data)
        assert quickly is not None
        assert quickly == fully


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("cart/lines/", {"lines": []}, {}),
        ("cart/lines/", {"lines": [{"store": "nowhere", "sku": "X", "quantity": 1}]}, {}),
        ("cart/lines/", {"lines": [{"variant": 1, "quantity": 1}]}, {"Cart_Token": "short"}),
        ("cart/lines/", {"lines": []}, {"Authorization": "Bearer mu_unknown"}),
        ("cart/lines/", {"lines": []}, {"Authorization": "Basic x"}),
        ("purchases/", {"digest": "t.x"}, {"Cart_Token": "t" * 40}),
        ("purchases/", {"digest": "t.x"}, {"Cart_Token": "t" * 40, "Idempotency_Key": "k"}),
    ],
)
def test_refusals_are_those_of_the_long_way(place, guest, path, body, headers):
    lean = guest.post(path, body, **headers)
    # A query makes it an unusual request, which DRF answers from its beginning to its end.
    long = guest.post(path + "?long", body, **headers)
    assert lean.status_code >= 400
    assert (lean.status_code, lean.content, dict(lean.headers)) == (long.status_code, long.content, dict(long.headers))


@pytest.mark.django_db(transaction=True)
def test_answers_have_the_headers_of_the_long_way(place, guest):
    body = {"lines": [{"variant": place.bread.pk, "quantity": 1}]}
    lean = guest.post("cart/lines/", body, Cart_Token="a" * 40)
    long = guest.post("cart/lines/?long", body, Cart_Token="b" * 40)
    assert (lean.status_code, long.status_code) == (201, 201)
    assert {**lean.headers, "Content-Length": 0} == {**long.headers, "Content-Length": 0}
    assert lean.json().keys() == long.json().keys()


@pytest.mark.django_db(transaction=True)
def test_keys_are_asked_for_their_scope_and_union(place):
    reader = Api(place.union, key_for(place.union, scopes=["stock:read"]))
    refused = fill(reader, place)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    other = type(place.union).objects.create(
        slug="elsewhere", name="Elsewhere", prefix="EW", country="GB", currency="GBP", time_zone="Europe/London"
    )
    stranger = fill(Api(place.union, key_for(other)), place)
    assert (stranger.status_code, stranger.json()["code"]) == (404, "not_found")
    assert set(StockLevel.objects.values_list("held", flat=True)) == {0}


@pytest.mark.django_db(transaction=True)
def test_a_session_says_nothing_to_programs(place, guest, django_user_model):
    guest.client.force_login(django_user_model.objects.create(email="ada@example.org"))
    filled = fill(guest, place)
    assert (filled.status_code, filled.json()["token"] is not None) == (201, True)
    assert review(Api(place.union), filled.json()["token"]).status_code == 200
