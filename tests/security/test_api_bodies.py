"""Bodies that no program of good will sends."""

import pytest
from django.test import Client

from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("body", ["[" * 100_000, '{"lines":' + "[" * 50_000 + "]" * 50_000 + "}"])
def test_json_nested_too_deeply_cannot_be_read(body):
    answer = Client(headers={"cart-token": "t" * 43}).post(
        f"/api/v1/unions/{UnionFactory().slug}/cart/lines/", body, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")
