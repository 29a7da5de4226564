"""Putting several things into a cart at once, and finding its lines by what stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from core.errors import NotFound
from orders.errors import BadQuantity
from orders.models import Cart, CartLine
from orders.services.cart import MOST_OF_ONE, add_at_once, add_to_cart, open_cart, remove_line, set_quantity
from unions.models import Union


def add_all_to_cart(
    *, union: Union, user: User | None, token: str, wants: Sequence[tuple[int, int]], now: datetime
) -> Cart:
    """Put all of (variant id, quantity) into the cart, or nothing when one of them cannot be had.

    The same variant may stand there twice. Taken in variant order, as stock is locked everywhere. Raises like
    `add_to_cart`.
    """
    together: dict[int, int] = {}
    for variant_id, quantity in wants:
        together[variant_id] = together.get(variant_id, 0) + quantity
    if any(not 1 <= quantity <= MOST_OF_ONE for quantity in together.values()):
        raise BadQuantity(field="quantity")
    if len(together) == 1:
        [(variant_id, quantity)] = together.items()
        return add_to_cart(union=union, user=user, token=token, variant_id=variant_id, quantity=quantity, now=now)
    wanted = sorted(together.items())
    try:
        return _all_at_once(union=union, user=user, token=token, wanted=wanted, now=now)
    except _NotAtOnce:
        return _one_by_one(union=union, user=user, token=token, wanted=wanted, now=now)


class _NotAtOnce(Exception):
    """Something stood in the way of the short statement; everything was rolled back."""


@transaction.atomic
def _all_at_once(
    *, union: Union, user: User | None, token: str, wanted: Sequence[tuple[int, int]], now: datetime
) -> Cart:
    """A statement for each, without savepoints between them. Raises _NotAtOnce."""
    for variant_id, quantity in wanted:
        added = add_at_once(
            union=union, user=user, token=token, variant_id=variant_id, quantity=quantity, now=now, guarded=False
        )
        if added is None:
            raise _NotAtOnce
        cart, token = added, added.token
    return cart


@transaction.atomic
def _one_by_one(
    *, union: Union, user: User | None, token: str, wanted: Sequence[tuple[int, int]], now: datetime
) -> Cart:
    """With all that add_to_cart does where things are scarce, and its refusals."""
    for variant_id, quantity in wanted:
        cart = add_to_cart(union=union, user=user, token=token, variant_id=variant_id, quantity=quantity, now=now)
        token = cart.token
    return cart


@transaction.atomic
def start_cart(*, union: Union, user: User | None, token: str, now: datetime) -> Cart:
    """The shopper's open cart; a fresh, empty one when there is none."""
    return open_cart(union=union, user=user, token=token, now=now)


def change_line(*, cart: Cart, store: str, sku: str, quantity: int, now: datetime) -> Cart:
    """Make the line of this store's stock keeping unit exactly that quantity; 0 takes it out. Raises NotFound, …"""
    return set_quantity(cart=cart, line_id=_line(cart, store, sku), quantity=quantity, now=now)


def drop_line(*, cart: Cart, store: str, sku: str, now: datetime) -> Cart:
    """Take the line out and give its pieces back. Raises NotFound."""
    return remove_line(cart=cart, line_id=_line(cart, store, sku), now=now)


def _line(cart: Cart, store: str, sku: str) -> int:
    lines = CartLine.objects.filter(union=cart.union, cart=cart, store__slug=store, variant__sku=sku)
    found = lines.values_list("pk", flat=True).first()
    if found is None:
        raise NotFound
    return found
