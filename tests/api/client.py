"""A client that speaks JSON, and keys of every kind."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from stores.services.keys import SCOPES, issue_key


class Api:
    """Speaks JSON to one union's API, with a key or without."""

    def __init__(self, union: Any, key: str = "", **headers: str) -> None:
        self.base = f"/api/v1/unions/{union.slug}/"
        self.client = Client()
        self.user: Any = None
        self.headers = ({"Authorization": f"Bearer {key}"} if key else {}) | headers

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """`ask("POST", "cart/lines/", {...}, Cart_Token="…")`; underscores in headers are hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        address = path if path.startswith("/") else self.base + path
        content = b"" if body is None else json.dumps(body).encode()
        return self.client.generic(
            method, address, content, content_type="application/json", headers=self.headers | named
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("POST", path, body if body is not None else {}, **headers)


def key_for(union: Any, *, scopes: Any = None, **owner: Any) -> str:
    """The text of a fresh key with all scopes unless told otherwise; `store=` or `user=` says whose it is."""
    _key, plain = issue_key(union=union, name="test", scopes=scopes or list(SCOPES), actor=None, **owner)
    return plain
