"""After a payment that failed: the shopper finds everything in the cart again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from orders.errors import CartFull, VariantNotSold
from orders.models import Cart, Order, OrderLine, Purchase, StoreDelivery
from orders.queries.cart_review import ADDRESS_FIELDS
from orders.services.cart import open_cart, pour, put
from stores.services.stock import OutOfStock
from unions.models import Union


def cart_to_refill(*, purchase: Purchase, now: datetime) -> Cart:
    """The open cart of whoever bought, locked; inside the caller's transaction."""
    return open_cart(union=purchase.union, user=purchase.user, token=refill_token(purchase=purchase), now=now)


@transaction.atomic
def refill_cart(*, purchase: Purchase, cart: Cart, order_ids: Sequence[int], now: datetime) -> None:
    """Put what these cancelled orders were made of into the locked cart, as far as it can still be had.

    Doing it again puts nothing more in. What was said about address and delivery is said again.
    """
    union = purchase.union
    if not cart.recipient:
        for name in ADDRESS_FIELDS:
            setattr(cart, name, getattr(purchase, name))
        cart.save(update_fields=ADDRESS_FIELDS)
    there = dict(cart.lines.values_list("variant_id", "quantity"))
    lines = OrderLine.objects.filter(union=union, order__in=order_ids, variant__isnull=False)
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
            [
                StoreDelivery(union=union, cart=cart, store_id=way.store_id, option_id=way.option_id, wish=way.wish)
                for way in chosen
            ],
            ignore_conflicts=True,
        )


@transaction.atomic
def take_up_cart(*, purchase: Purchase, token: str, now: datetime) -> tuple[Cart, int] | None:
    """The cart that holds again what was not paid, for the browser that asks; None when it is gone or bought.

    A guest who has begun another cart meanwhile (`token`) has both in one. Returns the cart and its pieces.
    """
    union = purchase.union
    if purchase.user_id:
        cart = _locked(union, user=purchase.user_id)
    else:
        cart = _locked(union, user=None, token=refill_token(purchase=purchase))
        begun = _locked(union, user=None, token=token) if token else None
        if cart is not None and begun is not None and begun.pk != cart.pk:
            pour(coming=begun, into=cart, now=now)
    return (cart, sum(cart.lines.values_list("quantity", flat=True))) if cart else None


@transaction.atomic
def fill_again(*, purchase: Purchase, now: datetime) -> tuple[Cart, int]:
    """Once more into a cart, after the one that held everything again was left behind for too long."""
    cart = cart_to_refill(purchase=purchase, now=now)
    cancelled = Order.objects.filter(union=purchase.union, purchase=purchase, state=Order.State.CANCELLED)
    refill_cart(purchase=purchase, cart=cart, order_ids=list(cancelled.values_list("pk", flat=True)), now=now)
    return cart, sum(cart.lines.values_list("quantity", flat=True))


def _locked(union: Union, **whose: object) -> Cart | None:
    cart = Cart.objects.select_for_update().filter(union=union, state=Cart.State.OPEN, **whose).first()
    if cart is not None:
        cart.union = union
    return cart


def refill_token(*, purchase: Purchase) -> str:
    """A guest's new cart has a token made from the purchase's own secret: asked twice, it is the same cart."""
    return hashlib.sha256(f"refill {purchase.token}".encode()).hexdigest()
