"""Recognising a visitor from one request to the next, once there is a reason to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.functional import lazy

from core.references import new_secret

COOKIE = "visitor"
SALT = "unions.visitor"
MAX_AGE = 180 * 24 * 3600
# Made once: every call of lazy() makes a class.
_text = lazy(str, str)


class VisitorMiddleware:
    """`request.visitor` is an opaque text from a signed cookie. The cookie is only made when the text is used."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        visitor = Visitor(request.COOKIES.get(COOKIE, ""))
        request.visitor = _text(visitor)  # type: ignore[attr-defined]
        response = self.get_response(request)
        if visitor.is_new:
            response.set_cookie(
                COOKIE,
                signing.dumps(str(visitor), salt=SALT),
                max_age=MAX_AGE,
                httponly=True,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
        return response


class Visitor:
    """Reads the cookie, or invents an id, when it is first written out."""

    def __init__(self, cookie: str) -> None:
        self.cookie = cookie
        self.id = ""
        self.is_new = False

    def __str__(self) -> str:
        if not self.id:
            self.id = visitor_in({COOKIE: self.cookie})
        if not self.id:
            self.id, self.is_new = new_secret(18), True
        return self.id


def visitor_in(cookies: Mapping[str, str]) -> str:
    """The visitor that a browser's cookies name, or an empty text; sockets, which have no request, ask it too."""
    try:
        content: Any = signing.loads(cookies.get(COOKIE, ""), salt=SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        return ""
    return content if isinstance(content, str) else ""
