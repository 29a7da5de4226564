"""`{% load booking %}`: times, prices and the cart, for pages of apps that know nothing of orders."""

from __future__ import annotations

from django import template
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from core.memory import remembered
from orders.queries.bookables import is_bookable
from orders.queries.carts import pieces_of_product
from orders.queries.proposals import products_taking_offers
from unions.models import Union

register = template.Library()
OFFERS_FOR = 30.0
"""Seconds."""


@register.simple_tag
def in_cart(request: HttpRequest, union: Union, product_id: int) -> int:
    """Pieces of the product in this visitor's cart; whoever holds the last ones reads that beside "sold out".

    One query, and none while the browser remembers an empty cart.
    """
    if not request.carts.pieces(union.slug):  # type: ignore[attr-defined]
        return 0
    user = request.user if isinstance(request.user, User) else None
    token = request.carts.token(union.slug)  # type: ignore[attr-defined]
    return pieces_of_product(union=union, user=user, token=token, product_id=product_id)


@register.simple_tag
def booking_url(union: Union, store_slug: str, product_slug: str = "") -> str:
    """Where a time is chosen for the product, or for anything of the store; empty where nothing can be. One query."""
    if not is_bookable(union=union, store=store_slug, product=product_slug):
        return ""
    keys = {"union": union.slug, "store": store_slug}
    if product_slug:
        return reverse("orders:book_product", kwargs={**keys, "product": product_slug})
    return reverse("orders:bookables", kwargs=keys)


@register.simple_tag
def offer_url(union: Union, store_slug: str, product_slug: str, product_id: int) -> str:
    """Where a price is named for the product; empty where the store takes no offers.

    Remembered for half a minute: no query on a page that is looked at all the time.
    """
    goods = remembered(("offers", union.pk), OFFERS_FOR, lambda: products_taking_offers(union=union))
    if product_id not in goods:
        return ""
    return reverse("orders:offer_price", kwargs={"union": union.slug, "store": store_slug, "product": product_slug})
