"""The OpenAPI document: valid, without a warning, and true."""

import io
import json
import re

import pytest
from django.core.management import call_command

from orders.serializers.cart import CartReviewSerializer, FilledSerializer
from orders.serializers.orders import PurchaseSerializer
from tests.api.story import bought, fill, review
from tests.api.test_access import CALLS

pytestmark = pytest.mark.django_db


def document() -> dict:
    output = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", stdout=output)
    return json.loads(output.getvalue())


def test_schema_is_valid_and_says_everything():
    paths = document()["paths"]
    silent = []
    for path, operations in paths.items():
        for method, operation in operations.items():
            if (
                not (operation.get("summary") and operation.get("description"))
                or "default" not in operation["responses"]
            ):
                silent.append(f"{method} {path}")
    assert silent == []


def test_schema_tells_of_every_address():
    told = {
        (method.upper(), re.sub(r"{\w+}", "{}", path))
        for path, operations in document()["paths"].items()
        for method in operations
    }
    assert told == {(method, re.sub(r"<[^>]+>", "{}", route)) for method, route, _view in CALLS}


def test_schema_tells_scopes_and_headers():
    paths = document()["paths"]
    accept = paths["/api/v1/unions/{union}/orders/{number}/accept/"]["post"]
    assert "`orders:write`" in accept["description"]
    assert accept["security"] == [{"key": []}]
    assert document()["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    headers = {item["name"]: item.get("required", False) for item in accept["parameters"] if item["in"] == "header"}
    assert headers == {"Idempotency-Key": True}
    assert paths["/api/v1/unions/"]["get"]["security"] == [{}]


def test_schema_is_served(client):
    response = client.get("/api/v1/schema/")
    assert (response.status_code, response.json()["openapi"][:2]) == (200, "3.")


def shape(value):
    """Names of members, all the way down; lists by their first row."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "value"


def described(serializer):
    """The same of what a serializer describes."""
    from rest_framework import serializers

    if isinstance(serializer, serializers.ListSerializer):
        return [described(serializer.child)]
    if isinstance(serializer, serializers.ListField):
        return []
    if isinstance(serializer, serializers.Serializer):
        return {name: described(field) for name, field in serializer.fields.items()}
    return "value"


def test_answers_put_together_by_hand_are_as_described(place, guest):
    token = fill(guest, place).json()
    assert shape(token) == described(FilledSerializer())
    told = review(guest, token["token"]).json()
    assert shape(told) == described(CartReviewSerializer())
    purchase = bought(guest, token["token"], told["digest"]).json()
    assert shape(purchase) == described(PurchaseSerializer())
