"""Every address of the API with keys of those it is not for: nothing of another union is told or done."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from stores.models import Store
from stores.services.keys import SCOPES, issue_key
from tests.api.test_access import filled as filled_route
from tests.api.test_access import routes
from tests.architecture.test_isolation import written
from tests.architecture.two_unions import Place
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

PRIVATE = {
    "suppliers", "purchase-orders",
    "orders", "returns", "purchases", "reservations", "proposals", "responses", "conversations", "rules", "codes",
    "memberships",
    "saved-replies", "payment-requests", "payment-accounts", "vouchers", "match-requests", "match-calls",
    "procedures", "shipments",
}  # fmt: skip
"""First words of addresses of the API whose things are one store's and one shopper's."""

BOOKKEEPING = {"core_idempotencyrecord", "stores_apikey"}
"""Claims that are taken back, and when a key was last used."""


def api_names(route: str, place: Place) -> dict[str, str]:
    """What stands in an address of the API, as it is called in this union."""
    word = route.removeprefix("/api/v1/unions/<slug:union>/").split("/")[0]
    numbers = {
        "purchase-orders": place.names["purchase_order"],
        "purchases": "SAME-0001",
        "payment-requests": "SAME-0001",
        "returns": place.names["return"],
        "reservations": place.names["reservation"],
        "proposals": place.names["proposal"],
        "responses": place.names["response"],
        "memberships": place.names["membership"],
        "shipments": place.names["parcel"],
    }
    own = {"number": numbers.get(word, place.names["number"]), "account": "0" * 20}
    if word == "rules":
        own["ref"] = "SAME-RULE"
    if word == "suppliers":
        own["ref"] = place.names["supplier"]
    if word in ("match-requests", "match-calls"):
        own["ref"] = place.names["wish"]
    if word == "urgent-sales":
        own["ref"] = place.names["urgent"]
    if word == "codes":
        own["code"] = place.names["nonce"]
    if word == "vouchers":
        own["code"] = place.names["held"]
    if word == "saved-replies":
        own["reply"] = place.names["reply"]
    return {**place.names, **own}


def key_of(place: Place, **owner: Any) -> str:
    return issue_key(union=place.union, name="test", scopes=list(SCOPES), actor=None, **owner)[1]


def test_api_does_nothing_with_things_of_another_store_shopper_or_union(near, far):
    """Every method of every address that names something private, with whole keys of those it is not for."""

    second = Store.objects.get(union=near.union, slug="next-door")
    callers = {
        "guest": "",
        "neighbour": key_of(near, store=second),
        "stranger": key_of(near, user=UserFactory()),
        "far-office": key_of(far),
        "far-store": key_of(far, store=far.store),
        "far-customer": key_of(far, user=far.people["shopper"]),
    }
    wrong, tried = [], 0
    body = {
        "version": 1,
        "state": "delivered",
        "at": "2026-03-02T09:00:00Z",
        "text": "Taken over",
        "id": "t",
        "note": "",
        "price": 1,
        "stars": 1,
        "name": "Taken over",
        "shortcut": "x",
    }
    for route, view in routes():
        rest = route.removeprefix("/api/v1/unions/<slug:union>/")
        if rest.split("/")[0] not in PRIVATE or "<" not in rest:
            continue
        for method in view.scopes:
            tried += 1
            for who, key in callers.items():
                headers = {"Idempotency-Key": f"{who}-1"} | ({"Authorization": f"Bearer {key}"} if key else {})
                before = written()
                response = Client().generic(
                    method, filled_route(route, **api_names(route, near)), json.dumps(body),
                    content_type="application/json", headers=headers,
                )  # fmt: skip
                # A claim on the key of a request that is refused is taken back, so nothing at all is left.
                changed = {table for table, rows in written().items() if rows != before.get(table)} - BOOKKEEPING
                if response.status_code not in (401, 403, 404) or changed:
                    wrong.append(f"{method} {rest} {who}: {response.status_code} {sorted(changed)}")
                if near.marker in response.content.decode():
                    wrong.append(f"{method} {rest} {who}: reads")
    assert wrong == []
    assert tried > 45


def test_api_tells_nothing_of_another_union(near, far):

    def keys(place: Place) -> dict[str, str]:
        return {
            "office": key_of(place),
            "store": key_of(place, store=place.store),
            "customer": key_of(place, user=place.people["shopper"]),
        }

    callers = {"guest": "", **keys(near), **{f"far-{who}": key for who, key in keys(far).items()}}
    answered = 0
    for route, view in routes():
        if "GET" not in view.scopes or "<slug:union>" not in route:
            continue
        address = filled_route(route, **api_names(route, near))
        for who, key in callers.items():
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            response = Client().get(address, headers=headers)
            assert far.marker not in response.content.decode(errors="replace"), (who, address)
            if who.startswith("far-"):
                assert response.status_code == 404, (who, address)
                assert near.marker not in response.content.decode(errors="replace"), (who, address)
            answered += response.status_code == 200
    assert answered > 40
