"""`{% load booking %}`: where a time can be chosen, for pages of apps that know nothing of reservations."""

from __future__ import annotations

from django import template
from django.urls import reverse

from orders.queries.bookables import is_bookable
from unions.models import Union

register = template.Library()


@register.simple_tag
def booking_url(union: Union, store_slug: str, product_slug: str = "") -> str:
    """Where a time is chosen for the product, or for anything of the store; empty where nothing can be. One query."""
    if not is_bookable(union=union, store=store_slug, product=product_slug):
        return ""
    keys = {"union": union.slug, "store": store_slug}
    if product_slug:
        return reverse("orders:book_product", kwargs={**keys, "product": product_slug})
    return reverse("orders:bookables", kwargs=keys)
