"""From a reviewed cart to a paid purchase: placed in one transaction, paid outside of it, and never half of either."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import NotFound
from core.outbox import publish, publish_all
from core.references import new_reference, new_secret
from core.statements import row_of
from orders.cart_review import CartReview
from orders.errors import AmountTooLarge, CartNotReady, ReviewChanged
from orders.events import ORDER_MOVED, PURCHASE_PAID, PURCHASE_PLACED
from orders.models import Cart, Order, Purchase
from orders.queries.cart_review import ADDRESS_FIELDS, review_cart
from orders.services.cancelling import let_go, take_back
from orders.services.cart import hold_owner
from orders.services.moving import move_orders
from orders.services.purchase_sql import RECORD
from orders.services.refill import cart_to_refill, refill_cart
from payments.models import PaymentRequest
from payments.services.requests import SplitWant, authorize, request_payment
from stores.services.stock import HoldWant, sell_holds
from unions.models import Union

LARGEST_TOTAL = 10**13
NEVER_PAID = "payment failed"


def place_purchase(*, cart: Cart, digest: str, language: str, origin: str, now: datetime) -> Purchase:
    """Take the held stock, open one order per store and ask for the payment: all of it or nothing.

    A cart becomes one purchase: pressing again, from another tab too, returns the same one. `digest` is that of the
    review the shopper confirmed. Raises ReviewChanged, CartNotReady, OutOfStock, AmountTooLarge.
    """
    return _place(cart=cart, digest=digest, language=language, origin=origin, now=now) or _placed_before(cart)


def _placed_before(cart: Cart) -> Purchase:
    purchase = Purchase.objects.filter(union=cart.union, cart=cart.pk).first()
    if purchase is None:
        raise NotFound
    purchase.union = cart.union
    return purchase


@transaction.atomic
def _place(*, cart: Cart, digest: str, language: str, origin: str, now: datetime) -> Purchase | None:
    """None when the cart is not open any more. The cart's row is locked first, so the review cannot age in between."""
    union = cart.union
    bought = Cart.objects.filter(union=union, pk=cart.pk, state=Cart.State.OPEN).update(
        state=Cart.State.BOUGHT, touched_at=now
    )
    if not bought:
        return None
    review = review_cart(cart=cart, now=now, language=language)
    if review.digest != digest:
        raise ReviewChanged(review.changes_since(digest))
    if review.missing:
        raise CartNotReady(review.missing)
    if review.total > LARGEST_TOTAL:
        raise AmountTooLarge
    purchase, numbers = _record(review, language=language, origin=origin, now=now)
    sell_holds(
        union=union,
        owners=[],
        wants=[HoldWant(hold_owner(line_id=line.line_id), line.variant_id, line.quantity) for line in review.lines],
        reference=purchase.number,
        actor=cart.user if cart.user_id else None,
        now=now,
    )
    if review.total:
        assert review.account is not None
        purchase.payment_request = request_payment(  # type: ignore[attr-defined]
            union=union,
            reference=purchase.number,
            number=new_reference(union.prefix),
            account=review.account,
            amount=review.total,
            currency=review.currency,
            splits=[
                SplitWant(part.membership_id, number, part.total, union.commission_bp, union.commission_tax_bp)
                for part, number in zip(review.parts, numbers, strict=True)
                if part.total
            ],
            now=now,
        )
    publish(PURCHASE_PLACED, aggregate=f"purchase:{purchase.pk}", purchase_id=purchase.pk)
    return purchase


def _record(review: CartReview, *, language: str, origin: str, now: datetime) -> tuple[Purchase, list[str]]:
    """Write purchase, orders, lines and first steps; returns the purchase and its orders' numbers."""
    cart, union, lines = review.cart, review.cart.union, list(review.lines)
    numbers = [new_reference(union.prefix) for _part in review.parts]
    store_of = {line.line_id: part.store_id for part in review.parts for line in part.lines}
    kept: dict[str, Any] = {name: getattr(cart, name) for name in ADDRESS_FIELDS}
    kept |= {
        "number": new_reference(union.prefix),
        "token": new_secret(),
        "origin": origin,
        "language": language,
        "currency": review.currency,
        "total": review.total,
    }
    ways = [part.delivery for part in review.parts if part.delivery is not None]
    values: Mapping[str, Any] = kept | {
        "union": union.pk,
        "cart": cart.pk,
        "user": cart.user_id,
        "now": now,
        "commission_bp": union.commission_bp,
        "commission_tax_bp": union.commission_tax_bp,
        "part_store": [part.store_id for part in review.parts],
        "part_membership": [part.membership_id for part in review.parts],
        "part_number": numbers,
        "part_goods": [part.goods_total for part in review.parts],
        "part_delivery": [part.delivery_total for part in review.parts],
        "part_tax": [part.tax_total for part in review.parts],
        "part_kind": [way.kind for way in ways],
        "part_name": [way.name for way in ways],
        "part_delivery_tax_bp": [way.tax_bp for way in ways],
        "part_deadline": [way.deadline for way in ways],
        "part_wish": [part.wish if part.has_service else "" for part in review.parts],
        "line_store": [store_of[line.line_id] for line in lines],
        "line_variant": [line.variant_id for line in lines],
        "line_sku": [line.sku for line in lines],
        "line_title": [line.title for line in lines],
        "line_options": [line.options[:200] for line in lines],
        "line_cover": [line.cover for line in lines],
        "line_quantity": [line.quantity for line in lines],
        "line_unit_price": [line.unit_price for line in lines],
        "line_tax_bp": [line.tax_bp for line in lines],
        "line_tax": [line.tax for line in lines],
    }
    row = row_of(RECORD, values)
    if row is None:
        raise NotFound
    purchase = Purchase(pk=row.id, cart_id=cart.pk, user_id=cart.user_id, union=union, placed_at=now, **kept)
    return purchase, numbers


def pay(*, purchase: Purchase, now: datetime) -> PaymentRequest | None:
    """Ask the provider, outside of any transaction, and follow its answer at once when there is one.

    Returns the payment request: authorized, failed, or created while the provider has not answered or wants the payer
    to confirm at `confirm_url`. None for a purchase that costs nothing. Asking again changes nothing.
    """
    union = purchase.union
    if purchase.total == 0:
        mark_paid(union=union, reference=purchase.number, now=now)
        return None
    request = getattr(purchase, "payment_request", None)
    if request is None:
        request = PaymentRequest.objects.select_related("account").get(union=union, reference=purchase.number)
        request.union = union
    request = authorize(payment_request=request, now=now)
    if request.state in (PaymentRequest.State.AUTHORIZED, PaymentRequest.State.CAPTURED):
        mark_paid(union=union, reference=purchase.number, now=now)
    elif request.state in (PaymentRequest.State.FAILED, PaymentRequest.State.CANCELLED):
        payment_failed(union=union, reference=purchase.number, now=now)
    return request


@transaction.atomic
def mark_paid(*, union: Union, reference: str, now: datetime) -> None:
    """The purchase with this number is authorized: its placed orders are paid. Repeating changes nothing.

    Orders that were cancelled before the provider answered stay so, and their part of the money is released.
    """
    paid = move_orders(move="pay", union=union, purchase_number=reference, actor=None, now=now)
    if paid:
        purchase_id = paid[0].purchase_id
        publish_all(
            [
                (PURCHASE_PAID, f"purchase:{purchase_id}", {"purchase_id": purchase_id}),
                *((ORDER_MOVED[Order.State.PAID], f"order:{order.id}", {"order_id": order.id}) for order in paid),
            ]
        )
        if len(paid) == paid[0].asked:
            return
    cancelled = Order.objects.filter(union=union, purchase__number=reference, state=Order.State.CANCELLED)
    for order in cancelled:
        order.union = union
        _let_go_after_commit(order, now=now)


@transaction.atomic
def payment_failed(*, union: Union, reference: str, now: datetime) -> None:
    """Nobody paid: the placed orders of this purchase are cancelled and their stock is given back, exactly once.

    Who bought on the website has it in the cart again, held as it was, in the same transaction: nobody else comes
    between.
    """
    cancelled = move_orders(
        move="fail", union=union, purchase_number=reference, actor=None, now=now, note=str(_(NEVER_PAID))
    )
    if not cancelled:
        return
    purchase = Purchase.objects.select_related("user").get(union=union, pk=cancelled[0].purchase_id)
    purchase.union = union
    # The cart's lock comes before those of the stock, as everywhere.
    cart = cart_to_refill(purchase=purchase, now=now) if purchase.origin == Purchase.Origin.WEBSITE else None
    take_back(union=union, orders=cancelled, actor=None, now=now, reason=NEVER_PAID)
    if cart is not None:
        refill_cart(purchase=purchase, cart=cart, order_ids=[order.id for order in cancelled], now=now)
    publish_all(
        [(ORDER_MOVED[Order.State.CANCELLED], f"order:{order.id}", {"order_id": order.id}) for order in cancelled]
    )


def _let_go_after_commit(order: Order, *, now: datetime) -> None:
    # A function, not a partial: Django names the callback in its log when it fails, and a partial has no name.
    transaction.on_commit(lambda: let_go(order=order, now=now), robust=True)
