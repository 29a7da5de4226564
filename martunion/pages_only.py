"""Middlewares that people's pages need and programs do not (docs/adr/0070).

A request below `PROGRAMS` is recognised by its key or by a cart's token and by nothing else: it has no session, no
messages, no visitor, no remembered carts, and nobody signed in. So none of these look at it, whatever cookies it has.
What guards it stays in its way: hosts, HTTPS, its union, language, limits on frames, and the API's own checks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware as DjangosAuthentication
from django.contrib.messages.middleware import MessageMiddleware as DjangosMessages
from django.contrib.sessions.middleware import SessionMiddleware as DjangosSessions
from django.http import HttpRequest
from django_htmx.middleware import HtmxMiddleware as HtmxOfPages

from orders.middleware import CartMiddleware as CartOfPages
from unions.middleware import VisitorMiddleware as VisitorOfPages

PROGRAMS = ("/api/v1/unions/", "/api/v1/signal-codes/")


class PagesOnly:
    """Before a middleware's class: requests of programs pass it."""

    get_response: Callable[[HttpRequest], Any]

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(PROGRAMS):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]


class SessionMiddleware(PagesOnly, DjangosSessions):
    pass


class AuthenticationMiddleware(PagesOnly, DjangosAuthentication):
    pass


class VisitorMiddleware(PagesOnly, VisitorOfPages):
    pass


class CartMiddleware(PagesOnly, CartOfPages):
    pass


class MessageMiddleware(PagesOnly, DjangosMessages):
    pass


class HtmxMiddleware(PagesOnly, HtmxOfPages):
    pass
