"""After a payment that failed: the shopper finds everything in the cart again."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import transaction

from orders.errors import CartFull, VariantNotSold
from orders.models import Cart, OrderLine, Purchase, StoreDelivery
from orders.queries.cart_review import ADDRESS_FIELDS
from orders.services.cart import open_cart, put
from stores.services.stock import OutOfStock


@transaction.atomic
def refill_cart(*, purchase: Purchase, now: datetime) -> tuple[Cart, int]:
    """Put what a cancelled purchase was made of into the shopper's open cart, as far as it can still be had.

    Returns the cart and the number of pieces in it. Doing it again puts nothing more in.
    """
    union = purchase.union
    cart = open_cart(union=union, user=purchase.user, token=refill_token(purchase=purchase), now=now)
    if not cart.recipient:
        for name in ADDRESS_FIELDS:
            setattr(cart, name, getattr(purchase, name))
        cart.save(update_fields=ADDRESS_FIELDS)
    there = dict(cart.lines.values_list("variant_id", "quantity"))
    lines = OrderLine.objects.filter(
        union=union, order__purchase=purchase, order__state="cancelled", variant__isnull=False
    )
    for line in lines.select_related("variant").order_by("variant_id"):
        assert line.variant is not None
        if there.get(line.variant.pk, 0) >= line.quantity:
            continue
        try:
            with transaction.atomic():
                put(cart=cart, variant=line.variant, quantity=line.quantity, now=now)
        except (OutOfStock, VariantNotSold, CartFull):
            continue
    if purchase.cart_id:
        chosen = StoreDelivery.objects.filter(union=union, cart=purchase.cart_id)
        StoreDelivery.objects.bulk_create(
            [StoreDelivery(union=union, cart=cart, store_id=way.store_id, option_id=way.option_id) for way in chosen],
            ignore_conflicts=True,
        )
    return cart, sum(cart.lines.values_list("quantity", flat=True))


def refill_token(*, purchase: Purchase) -> str:
    """A guest's new cart has a token made from the purchase's own secret: asked twice, it is the same cart."""
    return hashlib.sha256(f"refill {purchase.token}".encode()).hexdigest()
