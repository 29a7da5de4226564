"""`request.carts`: what the browser remembers of its carts."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from orders.cookies import RememberedCarts


class CartMiddleware:
    """Reads the cart's cookies when they are asked for and writes them when they changed. Costs no query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        carts = RememberedCarts(request)
        request.carts = carts  # type: ignore[attr-defined]
        response = self.get_response(request)
        carts.write(response)
        return response
