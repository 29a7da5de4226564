"""After a payment that failed: the shopper finds everything in the cart again."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from core.outbox import publish
from core.references import new_secret
from orders.errors import CartFull, VariantNotSold
from orders.events import DRAFT_CHANGED
from orders.models import Cart, CartLine, Order, OrderDraft, OrderLine, Purchase, StoreDelivery
from orders.queries.cart_review import ADDRESS_FIELDS
from orders.services.cart import hold_owner, open_cart, pour, put
from orders.services.proposals.buying import put_agreed
from orders.services.urgent_lines import put_claimed
from stores.services.stock import HoldWant, OutOfStock, set_holds
from unions.models import Union

TRY_AGAIN = timedelta(minutes=30)


def cart_to_refill(*, purchase: Purchase, now: datetime) -> Cart:
    """The open cart of whoever bought, locked; inside the caller's transaction."""
    return open_cart(union=purchase.union, user=purchase.user, token=refill_token(purchase=purchase), now=now)


@transaction.atomic
def refill_cart(
    *,
    purchase: Purchase,
    cart: Cart,
    order_ids: Sequence[int],
    now: datetime,
    agreed: Collection[int] = (),
    claimed: Mapping[int, int] | None = None,
) -> None:
    """Put what these cancelled orders were made of into the locked cart, as far as it can still be had.

    Doing it again puts nothing more in. What was said about address and delivery is said again. `agreed` are the price
    proposals that hold again: what was bought at them lies in the cart at them. `claimed` are the pieces by urgent sale
    that are claimed again; what was bought in a sale and is not lies in the cart at the usual price.
    """
    union = purchase.union
    if not cart.recipient:
        for name in ADDRESS_FIELDS:
            setattr(cart, name, getattr(purchase, name))
        cart.save(update_fields=ADDRESS_FIELDS)
    there = dict(cart.lines.filter(proposal=None).values_list("variant_id", "quantity"))
    put_agreed(cart=cart, proposal_ids=agreed, now=now)
    lines = OrderLine.objects.filter(union=union, order__in=order_ids, variant__isnull=False)
    if purchase.cart_id:
        # The line of an agreed price is bought at it or not at all, never silently at another.
        was_agreed = CartLine.objects.filter(union=union, cart=purchase.cart_id, proposal__isnull=False)
        for quantity, price, variant in was_agreed.values_list("quantity", "seen_price", "variant"):
            same = lines.filter(variant=variant, quantity=quantity, unit_price=price).order_by("id").first()
            lines = lines.exclude(pk=same.pk) if same else lines
    for line in lines.select_related("variant", "order").order_by("variant_id"):
        assert line.variant is not None
        if line.urgent_id is not None and (claimed or {}).get(line.urgent_id, 0) >= line.quantity:
            put_claimed(cart=cart, line=line, now=now)
            continue
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
def reopen_draft(*, purchase: Purchase, now: datetime) -> None:
    """Nobody paid what a store had composed: it waits for the shopper again, in a cart like the first, held anew."""
    union = purchase.union
    draft = OrderDraft.objects.select_related("cart").filter(union=union, purchase=purchase).first()
    if draft is None:
        return
    former = draft.cart
    lines = list(CartLine.objects.filter(union=union, cart=former).order_by("id"))
    ways = list(StoreDelivery.objects.filter(union=union, cart=former))
    cart = Cart.objects.get(union=union, pk=former.pk)
    cart.pk, cart.token, cart.state, cart.touched_at = None, new_secret(), Cart.State.DRAFT, now
    cart._state.adding = True
    cart.save(force_insert=True)
    fresh = [
        CartLine(
            union=union,
            cart=cart,
            store_id=line.store_id,
            variant_id=line.variant_id,
            proposal_id=line.proposal_id,
            quantity=line.quantity,
            seen_price=line.seen_price,
            added_at=now,
        )
        for line in lines
    ]
    CartLine.objects.bulk_create(fresh)
    StoreDelivery.objects.bulk_create(
        [
            StoreDelivery(union=union, cart=cart, store_id=way.store_id, option_id=way.option_id, wish=way.wish)
            for way in ways
        ]
    )
    wants = [
        HoldWant(hold_owner(line_id=line.pk), line.variant_id, line.quantity)
        for line in fresh
        if line.proposal_id is None and line.variant_id is not None
    ]
    until = max(draft.expires_at, now + TRY_AGAIN)
    hold_as_far_as_it_goes(union=union, wants=wants, now=now, lasting=until - now)
    OrderDraft.objects.filter(union=union, pk=draft.pk).update(
        state=OrderDraft.State.OPEN, purchase=None, cart=cart, changed_at=now, expires_at=until
    )
    publish(DRAFT_CHANGED, aggregate=f"draft:{draft.pk}", draft_id=draft.pk, to_state=str(OrderDraft.State.OPEN))


def hold_as_far_as_it_goes(*, union: Union, wants: Sequence[HoldWant], now: datetime, lasting: timedelta) -> None:
    """Hold each of them that can be had; the review says of the others that they cannot."""
    for want in sorted(wants, key=lambda want: want.variant_id):
        try:
            with transaction.atomic():
                set_holds(union=union, wants=[want], now=now, lasting=lasting)
        except OutOfStock:
            continue


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
