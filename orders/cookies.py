"""What a browser remembers of its carts: per union the guest's token and how many pieces are in it, signed.

Pages show the number of pieces from here, so that looking around costs no query.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from orders.models import Cart
from unions.models import Union

PREFIX = "cart-"
NAME = re.compile(rf"{PREFIX}([a-z0-9-]+)", re.ASCII)
"""Others' cookies may have names that no answer could carry."""
SALT = "orders.cart"
MAX_AGE = 30 * 24 * 3600


def cart_token_in(cookies: Mapping[str, str], union: Union) -> str:
    """The guest's token that a browser's cookies carry for this union; sockets, which have no request, ask here."""
    return RememberedCarts.token_of(cookies.get(f"{PREFIX}{union.slug}", ""))


class RememberedCarts:
    """`request.carts`: reads the signed cookies of a request and writes the changed ones to its response."""

    def __init__(self, request: HttpRequest) -> None:
        self._cookies = request.COOKIES
        self._read: dict[str, tuple[str, int]] = {}
        self._changed: dict[str, tuple[str, int] | None] = {}

    def slugs(self) -> list[str]:
        """The unions of which this browser remembers a cart."""
        return [found.group(1) for name in self._cookies if (found := NAME.fullmatch(name))]

    def token(self, slug: str) -> str:
        """The guest's token in this union, or an empty text."""
        return self._of(slug)[0]

    def pieces(self, slug: str) -> int:
        return self._of(slug)[1]

    def remember(self, cart: Cart, union: Union, pieces: int) -> None:
        """Keep the guest's token (a person's cart needs none) and the number of pieces."""
        kept = ("" if cart.user_id else cart.token, pieces)
        if self._of(union.slug) != kept:
            self._changed[union.slug] = self._read[union.slug] = kept

    def forget(self, slug: str) -> None:
        self._read[slug] = ("", 0)
        if f"{PREFIX}{slug}" in self._cookies or slug in self._changed:
            self._changed[slug] = None

    def write(self, response: HttpResponse) -> None:
        """Set the cookies that changed."""
        for slug, kept in self._changed.items():
            if kept is None:
                response.delete_cookie(f"{PREFIX}{slug}")
                continue
            response.set_cookie(
                f"{PREFIX}{slug}",
                signing.dumps(kept, salt=SALT),
                max_age=MAX_AGE,
                httponly=True,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )

    def _of(self, slug: str) -> tuple[str, int]:
        if slug not in self._read:
            self._read[slug] = self._parse(self._cookies.get(f"{PREFIX}{slug}", ""))
        return self._read[slug]

    @classmethod
    def token_of(cls, cookie: str) -> str:
        """The guest's token in a cookie's value, or an empty text."""
        return cls._parse(cookie)[0]

    @staticmethod
    def _parse(cookie: str) -> tuple[str, int]:
        try:
            content: Any = signing.loads(cookie, salt=SALT, max_age=MAX_AGE) if cookie else ("", 0)
        except signing.BadSignature:
            return "", 0
        return str(content[0]), int(content[1])
