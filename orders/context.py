"""What every page shows of the cart."""

from typing import Any

from django.http import HttpRequest


def cart_count(request: HttpRequest) -> dict[str, Any]:
    """`cart_count`: pieces in this union's cart, from the signed cookie; no query."""
    union = getattr(request, "union", None)
    carts = getattr(request, "carts", None)
    return {"cart_count": carts.pieces(union.slug) if union and carts else 0}
