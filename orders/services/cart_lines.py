"""Putting several things into a cart at once, and finding its lines by what stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from accounts.models import User
from core.errors import NotFound, constraint_of
from core.references import new_secret
from core.statements import one_statement, tuples_of
from orders.errors import BadQuantity, VariantNotSold
from orders.models import Cart, CartLine
from orders.services.cart import (
    CART_COLUMNS,
    MOST_LINES,
    MOST_OF_ONE,
    add_to_cart,
    open_cart,
    remove_line,
    set_quantity,
)
from orders.services.fill_sql import FILL
from stores.queries.integrators import variant_ids
from stores.services.stock import HOLD_LIMIT, HOLD_TIME, Figure, refresh_in_stock, tell_figures
from unions.models import Union

IN_THE_WAY = {"stock_never_below_held", "cart_line_quantity_bounded", "cart_line_once"}


@dataclass(frozen=True, slots=True)
class Want:
    """How many of what: a variant by its id, or by its store's short name and its stock keeping unit."""

    quantity: int
    variant_id: int | None = None
    store: str = ""
    sku: str = ""


def add_all_to_cart(*, union: Union, user: User | None, token: str, wants: Sequence[Want], now: datetime) -> Cart:
    """Put all of it into the cart, or nothing when one of them cannot be had.

    The same variant may stand there twice. Taken in variant order, as stock is locked everywhere. Raises like
    `add_to_cart`.
    """
    if any(not 1 <= want.quantity <= MOST_OF_ONE for want in wants):
        raise BadQuantity(field="quantity")
    return _all_at_once(union=union, user=user, token=token, wants=wants, now=now) or _one_by_one(
        union=union, user=user, token=token, wanted=_by_id(union, wants), now=now
    )


def _all_at_once(*, union: Union, user: User | None, token: str, wants: Sequence[Want], now: datetime) -> Cart | None:
    """One statement for the common case; None when anything stood in its way, and then nothing was changed."""
    is_named = all(want.variant_id is None for want in wants)
    if not is_named and any(want.variant_id is None for want in wants):
        return None
    values = {
        "union": union.pk,
        "user": user.pk if user else None,
        "token": token if token and user is None else new_secret(),
        "variants": [want.variant_id for want in wants],
        "stores": [want.store for want in wants],
        "skus": [want.sku for want in wants],
        "quantities": [want.quantity for want in wants],
        "count": len(wants),
        "most_lines": MOST_LINES,
        "now": now,
        "expires": now + HOLD_TIME,
        "last": now + HOLD_LIMIT,
    }
    try:
        with one_statement():
            rows = tuples_of(FILL[is_named, user is None], values)
    except IntegrityError as error:
        if constraint_of(error) in IN_THE_WAY:
            return None
        raise
    if not rows:
        return None
    if gone := [product_id for _pieces, _variant, product_id, available, *_ in rows if available == 0]:
        refresh_in_stock(product_ids=gone)
    tell_figures(
        figures=[
            Figure(product_id, variant, available, seq)
            for _pieces, variant, product_id, available, seq, *_ in rows
            if available is not None
        ]
    )
    cart = Cart.from_db(connection.alias, CART_COLUMNS, rows[0][5:])
    cart.union = union
    cart.pieces = int(rows[0][0])  # type: ignore[attr-defined]
    return cart


def _by_id(union: Union, wants: Sequence[Want]) -> list[tuple[int, int]]:
    """(variant id, quantity) in variant order. Raises VariantNotSold, BadQuantity."""
    known = variant_ids(union, [(want.store, want.sku) for want in wants if want.variant_id is None])
    together: dict[int, int] = {}
    for want in wants:
        variant_id = want.variant_id or known.get((want.store, want.sku))
        if variant_id is None:
            raise VariantNotSold(store=want.store, sku=want.sku)
        together[variant_id] = together.get(variant_id, 0) + want.quantity
    if any(quantity > MOST_OF_ONE for quantity in together.values()):
        raise BadQuantity(field="quantity")
    return sorted(together.items())


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
    lines = CartLine.objects.filter(union=cart.union, cart=cart, store__slug=store, variant__sku=sku, proposal=None)
    found = lines.values_list("pk", flat=True).first()
    if found is None:
        raise NotFound
    return found
