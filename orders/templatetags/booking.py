"""`{% load booking %}`: where a time can be chosen or a price named, for pages of apps that know nothing of either."""

from __future__ import annotations

from django import template
from django.urls import reverse

from core.memory import remembered
from orders.queries.bookables import is_bookable
from orders.queries.proposals import products_taking_offers
from unions.models import Union

register = template.Library()
OFFERS_FOR = 30.0
"""Seconds."""


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
