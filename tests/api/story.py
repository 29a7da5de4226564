"""The steps of a purchase over the API."""

from __future__ import annotations

from typing import Any

DETAILS = {
    "email": "ada@example.com",
    "recipient": "Ada Trevithick",
    "line1": "3 Lemon Street",
    "city": "Truro",
    "postal_code": "TR1 2LZ",
    "country": "GB",
}


def lines_of(place: Any) -> list[dict[str, int]]:
    return [{"variant": place.bread.pk, "quantity": 2}, {"variant": place.lamp.pk, "quantity": 1}]


def fill(api: Any, place: Any, **headers: str) -> Any:
    """Two loaves and a lamp, from two stores."""
    return api.post("cart/lines/", {"lines": lines_of(place)}, **headers)


def review(api: Any, token: str | None, *, pay: str = "bank:approves", **more: Any) -> Any:
    headers = {"Cart_Token": token} if token else {}
    return api.ask("PUT", "checkout/", {**DETAILS, "payment": {"token": pay}, **more}, **headers)


def bought(api: Any, token: str | None, digest: str, *, key: str = "buy-1") -> Any:
    headers = {"Cart_Token": token} if token else {}
    return api.post("purchases/", {"digest": digest}, Idempotency_Key=key, **headers)


def buy(api: Any, place: Any, *, pay: str = "bank:approves", key: str = "buy-1", **more: Any) -> Any:
    """From nothing to a purchase; its answer."""
    token = fill(api, place).json()["token"]
    response = bought(api, token, review(api, token, pay=pay, **more).json()["digest"], key=key)
    assert response.status_code == 201, response.content
    return response.json()
