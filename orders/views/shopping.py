"""What the pages from cart to payment share."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.money import format_money
from orders.cart_review import CartReview
from orders.models import Cart
from orders.queries.cart_review import review_cart
from orders.services.cart import find_cart, stay_held
from unions.models import Union


def person(request: HttpRequest) -> User | None:
    """The signed-in person, or None."""
    return request.user if isinstance(request.user, User) else None


def union_of(request: HttpRequest) -> Union:
    union: Union = request.union  # type: ignore[attr-defined]
    return union


def current_cart(request: HttpRequest) -> Cart | None:
    """The open cart of whoever asks, in this union."""
    union = union_of(request)
    return find_cart(union=union, user=person(request), token=request.carts.token(union.slug))  # type: ignore[attr-defined]


def looked_at(cart: Cart) -> CartReview:
    """The cart as it would be bought now. Looking at it keeps its goods set aside."""
    now = timezone.now()
    review = review_cart(cart=cart, now=now)
    stay_held(review=review, now=now)
    return review


def remember(request: HttpRequest, cart: Cart, pieces: int) -> None:
    """Keep the number of pieces (and a guest's token) in the browser."""
    request.carts.remember(cart, union_of(request), pieces)  # type: ignore[attr-defined]


def steps(union: Union, now: str) -> list[dict[str, Any]]:
    """Cart, details, check and pay: which is done, which is now."""
    names = [("cart", _("Cart")), ("checkout", _("Details")), ("review", _("Check and pay"))]
    position = [name for name, _title in names].index(now)
    return [
        {
            "title": title,
            "url": reverse(f"orders:{name}", kwargs={"union": union.slug}),
            "state": "done" if index < position else "now" if index == position else "",
        }
        for index, (name, title) in enumerate(names)
    ]


def sums_so_far(review: CartReview) -> dict[str, Any]:
    """The same in the cart, where nobody has chosen a delivery yet: no sum is told that will not be paid."""
    if review.is_delivery_chosen:
        return sums(review)
    tax = format_money(sum(line.tax for line in review.lines), review.currency)
    return {
        "rows": [
            {"title": _("Tax included"), "text": tax},
            {"title": _("Delivery"), "text": _("chosen in the next step")},
        ],
        "total": {"title": _("Goods so far"), "text": format_money(review.goods_total, review.currency)},
    }


def sums(review: CartReview) -> dict[str, Any]:
    """The rows of components/summary.html."""
    money = review.currency
    rows = [
        {"title": _("Goods"), "text": format_money(review.goods_total, money)},
        {"title": _("Delivery"), "text": format_money(review.delivery_total, money)},
        {"title": _("Tax included"), "text": format_money(review.tax_total, money)},
    ]
    return {"rows": rows, "total": {"title": _("Total"), "text": format_money(review.total, money)}}
