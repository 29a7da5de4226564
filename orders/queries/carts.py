"""Finding carts."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from core.rows import read_row
from orders.models import Cart, CartLine, Order, Purchase
from stores.models import Variant
from unions.models import Union

State = Order.State


def pieces_of_open_carts(user: User) -> list[tuple[Cart, int]]:
    """The person's open carts in all unions, each with the number of its pieces."""
    carts = (
        Cart.objects.filter(user=user, state=Cart.State.OPEN)
        .select_related("union")
        .annotate(sum_of_pieces=Coalesce(Sum("lines__quantity"), 0))
    )
    return [(cart, cart.sum_of_pieces) for cart in carts]


def unpaid_purchase(*, union: Union, user: User | None, token: str, since: datetime) -> Purchase | None:
    """The last purchase since then that nobody has paid: this person's, or of the guest's cart with this token."""
    if user is None and not token:
        return None
    whose = Q(user=user) if user else Q(user=None, cart__token=token)
    last = Purchase.objects.filter(whose, union=union, origin=Purchase.Origin.WEBSITE, placed_at__gt=since)
    paid = Order.objects.filter(purchase=OuterRef("pk")).exclude(state__in=Order.NOT_SOLD)
    purchase = last.annotate(is_paid=Exists(paid)).order_by("-id").first()
    if purchase is None or purchase.is_paid:
        return None
    purchase.union = union
    return purchase


def cart_to_buy(*, union: Union, user: User | None, token: str) -> Cart | None:
    """The cart named by its secret token, bought or not; a person's cart for that person only.

    A second press, another tab or the way back arrive here with the same token and so at the same cart.
    """
    if not token:
        return None
    cart = read_row(
        Cart,
        "union_id = %(union)s AND token = %(token)s AND state <> 'merged'",
        {"union": union.pk, "token": token},
    )
    if cart is None or (cart.user_id is not None and (user is None or cart.user_id != user.pk)):
        return None
    cart.union = union
    return cart


def cart_value(*, union: Union, user: User | None, token: str) -> int:
    """What lies in the open cart at today's prices, in minor units; 0 without one. One query."""
    lines = _lines_of_open_cart(union=union, user=user, token=token)
    return int(lines.aggregate(value=Coalesce(Sum(F("quantity") * F("variant__price")), 0))["value"])


def pieces_of_product(*, union: Union, user: User | None, token: str, product_id: int) -> int:
    """How many pieces of the product, in all its variants, lie in the open cart. One query."""
    lines = _lines_of_open_cart(union=union, user=user, token=token).filter(variant__product=product_id)
    return int(lines.aggregate(pieces=Coalesce(Sum("quantity"), 0))["pieces"])


def _lines_of_open_cart(*, union: Union, user: User | None, token: str) -> QuerySet[CartLine]:
    """This person's, or the guest's whose cart has the token; of nobody, without a query, none."""
    if user is None and not token:
        return CartLine.objects.none()
    whose = Q(cart__user=user) if user is not None else Q(cart__user=None, cart__token=token)
    return CartLine.objects.filter(whose, cart__union=union, cart__state=Cart.State.OPEN)


def item_of_variant(*, union: Union, variant_id: int) -> str:
    """`store/product` as it stands in the browsing record; empty for none."""
    slugs = Variant.objects.filter(union=union, pk=variant_id).order_by().values_list("store__slug", "product__slug")
    return "/".join(next(iter(slugs), ()))
