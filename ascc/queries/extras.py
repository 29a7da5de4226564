"""Extras in a cart: each piece is for one piece of goods, in the same cart or bought before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from ascc.queries.promises import Good, PromiseNow, goods_of, promises_of
from orders.cart_checks import check
from orders.cart_review import CartReview, ReviewLine, StorePart
from orders.models import Order, OrderLine


@check
def refuse_lonely_extras(review: CartReview, *, now: datetime) -> None:
    """More extras than goods that they are for, or none of these. Only carts with services cost a query."""
    for part in review.parts:
        services = [line for line in part.lines if line.kind == "service" and not line.by_appointment]
        if services:
            _look_at(review, part, services, now=now)


def _look_at(review: CartReview, part: StorePart, services: list[ReviewLine], *, now: datetime) -> None:
    union = review.cart.union
    sold_as = {
        promise.offers[part.store_id][0]: promise
        for promise in promises_of(union, now=now)
        if part.store_id in promise.offers
    }
    extras = [line for line in services if line.variant_id in sold_as]
    if not extras:
        return
    rows = [(line.variant_id, line.unit_price, line.quantity) for line in part.lines]
    goods = goods_of(union, [variant for variant, _price, _quantity in rows if variant is not None])
    for variant_id in {line.variant_id for line in extras}:
        promise = sold_as[variant_id or 0]
        lines = [line for line in extras if line.variant_id == variant_id]
        wanted, fitting = sum(line.quantity for line in lines), _pieces(promise, rows, goods)
        if wanted > fitting:
            fitting += _bought_before(review, part, promise, variant_id or 0)
        if wanted > fitting:
            for line in lines:
                line.refusal = _said(line, fitting)


def _pieces(promise: PromiseNow, rows: Iterable[tuple[int | None, int, int]], goods: dict[int, Good]) -> int:
    """How many pieces among (variant, price, quantity) it is for."""
    return sum(
        quantity
        for variant, price, quantity in rows
        if variant is not None
        and (good := goods.get(variant)) is not None
        and promise.is_for(Good(good.product_id, good.store_id, good.category_id, [price], good.is_goods))
    )


def _bought_before(review: CartReview, part: StorePart, promise: PromiseNow, variant_id: int) -> int:
    """Pieces of goods that the person has bought here and that have no such extra yet. Two queries."""
    if review.cart.user_id is None:
        return 0
    bought = OrderLine.objects.filter(
        union=review.cart.union, order__purchase__user=review.cart.user_id, order__store=part.store_id
    ).exclude(order__state__in=[Order.State.PLACED, Order.State.CANCELLED])
    rows = list(
        bought.order_by("pk").values_list("variant_id", "unit_price", F("quantity") - F("cancelled") - F("returned"))
    )
    goods = goods_of(review.cart.union, {variant for variant, _price, _quantity in rows if variant is not None})
    taken = sum(quantity for variant, _price, quantity in rows if variant == variant_id)
    return max(0, _pieces(promise, rows, goods) - taken)


def _said(line: ReviewLine, fitting: int) -> str:
    if fitting:
        words = _("%(title)s is for one piece of goods each, and goes with %(count)s here. Please lower the quantity.")
        return words % {"title": line.title, "count": fitting}
    words = _(
        "%(title)s goes with goods of this store, and none that it is for is in the cart. Add one, or take it out."
    )
    return words % {"title": line.title}
