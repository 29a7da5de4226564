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


@pytest.mark.parametrize("body", [r'{"lines": "\uD800"}', r'{"\udc00": 1}', r'{"lines": [{"sku": "\ud83d"}]}'])
@pytest.mark.parametrize("path", ["cart/lines/", "responses/"])
def test_half_a_letter_cannot_be_read(path, body):
    answer = Client(headers={"cart-token": "t" * 43, "idempotency-key": "k"}).post(
        f"/api/v1/unions/{UnionFactory().slug}/{path}", body, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


def test_both_halves_are_a_letter_and_a_choice_is_refused_as_any_other():
    answer = Client(headers={"idempotency-key": "k"}).post(
        f"/api/v1/unions/{UnionFactory().slug}/responses/", r'{"kind": "\ud83c\udf5e"}', content_type="application/json"
    )
    assert answer.status_code == 422
    assert "\N{BREAD}" in answer.content.decode()
