"""From a reviewed cart to a paid purchase: placed in one transaction, paid outside of it, and never half of either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import NotFound
from core.outbox import publish_all, written
from core.references import new_reference, new_secret
from core.statements import row_of, tuples_of
from orders.cart_review import CartReview
from orders.errors import AmountTooLarge, CartNotReady, DraftOver, ReviewChanged
from orders.events import DRAFT_CHANGED, ORDER_MOVED, PURCHASE_PAID, PURCHASE_PLACED
from orders.models import Cart, Order, OrderDraft, OrderLine, Purchase
from orders.queries.cart_review import ADDRESS_FIELDS, review_cart
from orders.queries.carts import cart_to_buy
from orders.services.cancelling import let_go, take_back
from orders.services.cart import CART_COLUMNS, hold_owner
from orders.services.moving import move_orders
from orders.services.proposals.buying import reopen_agreed
from orders.services.proposals.moving import order_proposals
from orders.services.purchase_sql import BUY, BUY_DRAFT, BUY_FOR_GUEST, RECORD
from orders.services.refill import cart_to_refill, refill_cart, reopen_draft
from payments.models import PaymentRequest
from payments.services.requests import SplitWant, authorize, request_payment
from stores.queries.urgent import shopper_key
from stores.services.stock import HoldWant, sell_holds
from stores.services.urgent import Share, revive_claim, sell_claims
from unions.models import Union

LARGEST_TOTAL = 10**13
NEVER_PAID = "payment failed"
NO_CART = _("There is no open cart here.")


def place_purchase(*, cart: Cart, digest: str, language: str, origin: str, now: datetime) -> Purchase:
    """Take the held stock, open one order per store and ask for the payment: all of it or nothing.

    A cart becomes one purchase: pressing again, from another tab too, returns the same one. `digest` is that of the
    review the shopper confirmed. Raises ReviewChanged, CartNotReady, OutOfStock, AmountTooLarge.
    """
    union = cart.union
    bought = {"union": union.pk, "cart": cart.pk, "now": now}
    placed = _place(BUY, bought, union=union, digest=digest, language=language, origin=origin, now=now)
    return placed or _placed_before(cart)


def place_guests_purchase(
    *, union: Union, token: str, digest: str, language: str, origin: str, now: datetime
) -> Purchase:
    """The same for the guest's cart at that token, which is found as it is taken. Raises NotFound for none."""
    bought = {"union": union.pk, "token": token, "now": now}
    placed = _place(BUY_FOR_GUEST, bought, union=union, digest=digest, language=language, origin=origin, now=now)
    if placed is None:
        cart = cart_to_buy(union=union, user=None, token=token)
        if cart is None:
            raise NotFound(NO_CART)
        placed = _placed_before(cart)
    return placed


@transaction.atomic
def place_drafted_purchase(*, draft: OrderDraft, digest: str, language: str, now: datetime) -> Purchase:
    """The same for an order that the store composed; `draft` comes with its union. Pressing again returns the same one.

    Raises ReviewChanged, CartNotReady, OutOfStock, AmountTooLarge; DraftOver when it was withdrawn or has lapsed.
    """
    placed = _place(
        BUY_DRAFT,
        {"union": draft.union_id, "cart": draft.cart_id, "now": now},
        union=draft.union,
        digest=digest,
        language=language,
        origin=Purchase.Origin.CONVERSATION,
        conversation=draft.conversation,
        now=now,
    )
    if placed is None:
        current = OrderDraft.objects.select_related("purchase__union").get(union_id=draft.union_id, pk=draft.pk)
        if current.purchase is None:
            raise DraftOver(state=current.state)
        return current.purchase
    OrderDraft.objects.filter(union_id=draft.union_id, pk=draft.pk).update(
        state=OrderDraft.State.ORDERED, purchase=placed, changed_at=now
    )
    ordered = str(OrderDraft.State.ORDERED)
    publish_all([(DRAFT_CHANGED, f"draft:{draft.pk}", {"draft_id": draft.pk, "to_state": ordered})])
    return placed


def _placed_before(cart: Cart) -> Purchase:
    purchase = Purchase.objects.filter(union=cart.union, cart=cart.pk).first()
    if purchase is None:
        raise NotFound
    purchase.union = cart.union
    return purchase


@transaction.atomic
def _place(
    take: str,
    values: Mapping[str, Any],
    *,
    union: Union,
    digest: str,
    language: str,
    origin: str,
    now: datetime,
    conversation: str = "",
) -> Purchase | None:
    """None when the cart is not open any more. The cart's row is locked first, so the review cannot age in between."""
    taken = tuples_of(take, values)
    if not taken:
        return None
    cart = Cart.from_db(connection.alias, CART_COLUMNS, taken[0])
    cart.union = union
    review = review_cart(cart=cart, now=now, language=language)
    if review.digest != digest:
        raise ReviewChanged(review.changes_since(digest))
    if review.missing:
        raise CartNotReady(review.missing)
    if review.total > LARGEST_TOTAL:
        raise AmountTooLarge
    purchase, numbers = _record(review, language=language, origin=origin, conversation=conversation, now=now)
    _take_agreed(review, purchase, now=now)
    sell_holds(
        union=union,
        owners=[],
        wants=[
            HoldWant(hold_owner(line_id=line.line_id, proposal_id=line.proposal_id), line.variant_id, line.quantity)
            for line in review.lines
            if line.variant_id is not None and not line.is_claimed
        ],
        reference=purchase.number,
        actor=User(pk=cart.user_id) if cart.user_id else None,
        now=now,
    )
    _sell_claimed(review, purchase, now=now)
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
                SplitWant(part.membership_id, number, part.total, part.commission_bp, union.commission_tax_bp)
                for part, number in zip(review.parts, numbers, strict=True)
                if part.total
            ],
            now=now,
        )
    purchase.placed_parts = [  # type: ignore[attr-defined]
        {
            "number": number,
            "state": Order.State.PLACED,
            "total": part.total,
            "deadline": part.deadline,
            "store_slug": part.slug,
        }
        for part, number in zip(review.parts, numbers, strict=True)
    ]
    return purchase


def _sell_claimed(review: CartReview, purchase: Purchase, *, now: datetime) -> None:
    """What was claimed from urgent sales is sold. After the shelf, whose locks come first; none for most carts."""
    claimed = [line for line in review.lines if line.is_claimed]
    if not claimed:
        return
    lapsed = sell_claims(
        union=purchase.union,
        shopper=shopper_key(user_id=review.cart.user_id, token=review.cart.token),
        email=review.cart.email,
        shares=[Share(line.urgent_id or 0, line.quantity) for line in claimed],
        reference=purchase.number,
        actor=User(pk=purchase.user_id) if purchase.user_id else None,
        now=now,
    )
    if lapsed:
        raise ReviewChanged(
            [
                _("The time at the urgent price of %(title)s is over.") % {"title": line.title}
                for line in claimed
                if line.urgent_id in lapsed
            ]
        )


def _take_agreed(review: CartReview, purchase: Purchase, *, now: datetime) -> None:
    """What was agreed is ordered with it, at that price, once: whoever was second has nothing to buy at that price."""
    agreed = [line for line in review.lines if line.proposal_id is not None]
    if not order_proposals(
        union=purchase.union,
        wants=[(line.proposal_id or 0, line.unit_price, line.quantity) for line in agreed],
        purchase_id=purchase.pk,
        user_id=purchase.user_id,
        now=now,
    ):
        raise ReviewChanged(
            [_("The agreed price of %(title)s is not valid any more.") % {"title": line.title} for line in agreed]
        )


def _record(
    review: CartReview, *, language: str, origin: str, conversation: str, now: datetime
) -> tuple[Purchase, list[str]]:
    """Write purchase, orders, lines and first steps; returns the purchase and its orders' numbers."""
    cart, union, lines = review.cart, review.cart.union, list(review.lines)
    numbers = [new_reference(union.prefix) for _part in review.parts]
    store_of = {line.line_id: part.store_id for part in review.parts for line in part.lines}
    kept: dict[str, Any] = {name: getattr(cart, name) for name in ADDRESS_FIELDS}
    kept |= {
        "number": new_reference(union.prefix),
        "token": new_secret(),
        "origin": origin,
        "conversation": conversation,
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
        "commission_tax_bp": union.commission_tax_bp,
        "part_store": [part.store_id for part in review.parts],
        "part_membership": [part.membership_id for part in review.parts],
        "part_commission_bp": [part.commission_bp for part in review.parts],
        "part_number": numbers,
        "part_goods": [part.goods_total for part in review.parts],
        "part_delivery": [part.delivery_total for part in review.parts],
        "part_tax": [part.tax_total for part in review.parts],
        "part_kind": [way.kind for way in ways],
        "part_name": [way.name for way in ways],
        "part_delivery_tax_bp": [way.tax_bp for way in ways],
        "part_deadline": [way.deadline for way in ways],
        "part_wish": [part.wish if part.has_service else "" for part in review.parts],
        **written(PURCHASE_PLACED),
        "line_store": [store_of[line.line_id] for line in lines],
        "line_variant": [line.variant_id for line in lines],
        "line_urgent": [line.urgent_id if line.is_claimed else None for line in lines],
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
        _now_paid(purchase, mark_paid(union=union, reference=purchase.number, now=now))
        return None
    request = getattr(purchase, "payment_request", None)
    if request is None:
        request = PaymentRequest.objects.select_related("account").get(union=union, reference=purchase.number)
        request.union = union

    def follow(decided: PaymentRequest) -> None:
        if decided.state in (PaymentRequest.State.AUTHORIZED, PaymentRequest.State.CAPTURED):
            _now_paid(purchase, mark_paid(union=union, reference=purchase.number, now=now))
        elif decided.state in (PaymentRequest.State.FAILED, PaymentRequest.State.CANCELLED):
            _now_paid(purchase, [])
            payment_failed(union=union, reference=purchase.number, now=now)

    return authorize(payment_request=request, now=now, follow=follow)


def _now_paid(purchase: Purchase, numbers: Sequence[str]) -> None:
    """What was just placed and is paid in whole need not be read again to be shown; everything else must be."""
    parts = getattr(purchase, "placed_parts", [])
    if parts and {part["number"] for part in parts} == set(numbers):
        for part in parts:
            part["state"] = Order.State.PAID
    else:
        purchase.placed_parts = []  # type: ignore[attr-defined]


@transaction.atomic(savepoint=False)
def mark_paid(*, union: Union, reference: str, now: datetime) -> list[str]:
    """The purchase with this number is authorized: its placed orders are paid. Repeating changes nothing.

    Returns the numbers of the orders that are paid by this.
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
            return [order.number for order in paid]
    cancelled = Order.objects.filter(union=union, purchase__number=reference, state=Order.State.CANCELLED)
    for order in cancelled:
        order.union = union
        _let_go_after_commit(order, now=now)
    return [order.number for order in paid]


@transaction.atomic(savepoint=False)
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
    take_back(union=union, orders=cancelled, actor=None, now=now, reason=NEVER_PAID, but_urgent=True)
    # Of this purchase another order may have been cancelled before: its pieces are on the shelf.
    urgent = OrderLine.objects.filter(union=union, order__in=[order.id for order in cancelled], urgent__isnull=False)
    claimed = revive_claim(
        union=union,
        reference=purchase.number,
        sales=list(urgent.values_list("urgent_id", flat=True)),
        email=purchase.email,
        shopper=shopper_key(user_id=cart.user_id, token=cart.token) if cart is not None else None,
        now=now,
    )
    agreed = reopen_agreed(purchase=purchase, now=now)
    if cart is not None:
        refill_cart(
            purchase=purchase,
            cart=cart,
            order_ids=[order.id for order in cancelled],
            now=now,
            agreed=agreed,
            claimed=claimed,
        )
    elif purchase.origin == Purchase.Origin.CONVERSATION:
        reopen_draft(purchase=purchase, now=now)
    publish_all(
        [(ORDER_MOVED[Order.State.CANCELLED], f"order:{order.id}", {"order_id": order.id}) for order in cancelled]
    )


def _let_go_after_commit(order: Order, *, now: datetime) -> None:
    # A function, not a partial: Django names the callback in its log when it fails, and a partial has no name.
    transaction.on_commit(lambda: let_go(order=order, now=now), robust=True)
