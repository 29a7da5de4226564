"""Putting things into a cart. Adding is one statement: cart, line, hold, stock level and movement together."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction

from accounts.models import User
from core.errors import NotFound, constraint_of
from core.references import new_secret
from core.rows import read_row
from core.statements import one_statement, tuples_of
from orders.cart_review import CartReview
from orders.errors import BadQuantity, CartFull, QuantityAgreed, VariantNotSold
from orders.models import Cart, CartLine
from orders.services.cart_sql import ADD_FOR_GUEST, ADD_FOR_USER
from orders.services.urgent_lines import (
    MOST_LINES,
    MOST_OF_ONE,
    claim_line,
    free_line,
    is_claimed,
    shopper_of,
    take_claims_along,
)
from stores.errors import UrgentBusy, UrgentLimit, UrgentOver, UrgentSoldOut
from stores.models import UrgentSale, Variant
from stores.queries.urgent import running_sale_of
from stores.services.stock import (
    HOLD_LIMIT,
    HOLD_TIME,
    Figure,
    HoldWant,
    OutOfStock,
    prolong_holds,
    refresh_in_stock,
    release_holds,
    set_holds,
    tell_figures,
)
from stores.services.urgent import move_claims
from unions.models import Union

HELD_AFRESH = timedelta(minutes=1)
CART_COLUMNS = [field.attname for field in Cart._meta.concrete_fields]


def find_cart(*, union: Union, user: User | None, token: str) -> Cart | None:
    """The open cart of a person, or the guest's open cart at that token. Its `union` is set already."""
    cart = None
    if user is not None:
        cart = read_row(
            Cart, "union_id = %(union)s AND state = 'open' AND user_id = %(user)s", {"union": union.pk, "user": user.pk}
        )
    elif token:
        cart = read_row(
            Cart,
            "union_id = %(union)s AND state = 'open' AND user_id IS NULL AND token = %(token)s",
            {"union": union.pk, "token": token},
        )
    if cart is not None:
        cart.union = union
    return cart


def hold_owner(*, line_id: int, proposal_id: int | None = None) -> str:
    """The name under which a cart line holds stock; an agreed price holds its pieces itself."""
    return f"cart-line:{line_id}" if proposal_id is None else f"proposal:{proposal_id}"


def stay_held(*, review: CartReview, now: datetime) -> None:
    """The shopper is still here: what the cart holds stays set aside, up to its limit.

    One statement, and none for holds that were set or prolonged within the last minute. Tells the review's lines.
    """
    aging = {
        hold_owner(line_id=line.line_id): line
        for line in review.lines
        if line.proposal_id is None
        and not line.is_claimed
        and line.reserved_until is not None
        and line.reserved_until - now < HOLD_TIME - HELD_AFRESH
    }
    if aging:
        for owner, until in prolong_holds(owners=list(aging), now=now).items():
            aging[owner].reserved_until = until


def add_to_cart(*, union: Union, user: User | None, token: str, variant_id: int, quantity: int, now: datetime) -> Cart:
    """Put `quantity` more of the variant into the cart and hold them for ten minutes. Makes the cart if need be.

    The returned cart carries `pieces`, the sum of its quantities.
    Raises VariantNotSold, OutOfStock, BadQuantity, CartFull.
    """
    if not 1 <= quantity <= MOST_OF_ONE:
        raise BadQuantity(field="quantity")
    cart = add_at_once(union=union, user=user, token=token, variant_id=variant_id, quantity=quantity, now=now)
    if cart is None:
        cart = _add_step_by_step(union=union, user=user, token=token, variant_id=variant_id, quantity=quantity, now=now)
    return cart


def add_at_once(
    *,
    union: Union,
    user: User | None,
    token: str,
    variant_id: int,
    quantity: int,
    now: datetime,
) -> Cart | None:
    """One statement for the common case; None when anything stood in its way, and then nothing was changed."""
    values = {
        "union": union.pk,
        "user": user.pk if user else None,
        "token": token if token and user is None else new_secret(),
        "variant": variant_id,
        "quantity": quantity,
        "most_lines": MOST_LINES,
        "now": now,
        "expires": now + HOLD_TIME,
        "last": now + HOLD_LIMIT,
    }
    try:
        with one_statement():
            row = next(iter(tuples_of(ADD_FOR_USER if user else ADD_FOR_GUEST, values)), None)
    except IntegrityError as error:
        if constraint_of(error) in {"stock_never_below_held", "cart_line_quantity_bounded"}:
            return None
        raise
    if row is None:
        return None
    pieces, held_all, product_id, available, seq, *columns = row
    if available is not None:
        if available == 0:
            refresh_in_stock(product_ids=[product_id])
        tell_figures(figures=[Figure(product_id, variant_id, available, seq)])
    if not held_all:
        return _hold_again(union=union, cart_id=columns[0], variant_id=variant_id, now=now)
    cart = Cart.from_db(connection.alias, CART_COLUMNS, columns)
    cart.union = union
    cart.pieces = pieces  # type: ignore[attr-defined]
    return cart


@transaction.atomic
def _hold_again(*, union: Union, cart_id: int, variant_id: int, now: datetime) -> Cart:
    """The line's former hold had lapsed: hold all of its pieces, or take the line back to what is held."""
    cart = _locked(union=union, cart_id=cart_id)
    line = CartLine.objects.get(union=union, cart=cart, variant_id=variant_id, proposal=None)
    set_holds(union=union, wants=[HoldWant(hold_owner(line_id=line.pk), variant_id, line.quantity)], now=now)
    return _counted(cart)


@transaction.atomic
def _add_step_by_step(
    *, union: Union, user: User | None, token: str, variant_id: int, quantity: int, now: datetime
) -> Cart:
    variant = _sold(union=union, variant_id=variant_id)
    cart = open_cart(union=union, user=user, token=token, now=now)
    line = CartLine.objects.filter(union=union, cart=cart, variant=variant, proposal=None).first()
    there = line.quantity if line else 0
    if not _claimed_in_sale(cart=cart, line=line, variant=variant, quantity=quantity, now=now):
        put(cart=cart, variant=variant, quantity=quantity + there, now=now)
    return _counted(cart)


def _claimed_in_sale(*, cart: Cart, line: CartLine | None, variant: Variant, quantity: int, now: datetime) -> bool:
    """Goods of a running urgent sale cost its price as long as it has some; whoever has claimed some gets no others."""
    sale = running_sale_of(cart.union, variant.pk, now=now)
    there = line.quantity if line is not None and is_claimed(cart=cart, line=line, now=now) else 0
    if sale is None or (line is not None and not there):
        return False
    try:
        with transaction.atomic():
            claim_line(cart=cart, sale=sale, quantity=there + quantity, now=now)
    except (UrgentBusy, UrgentLimit, UrgentSoldOut):
        if there:
            raise
        return False
    return True


@transaction.atomic
def set_quantity(*, cart: Cart, line_id: int, quantity: int, now: datetime) -> Cart:
    """Make the line exactly that quantity; 0 takes it out. The price seen is the price of now.

    Raises NotFound, VariantNotSold, OutOfStock, BadQuantity, QuantityAgreed; then the line stays as it was.
    """
    if quantity == 0:
        return remove_line(cart=cart, line_id=line_id, now=now)
    cart = _locked(union=cart.union, cart_id=cart.pk)
    line = CartLine.objects.filter(union=cart.union, cart=cart, pk=line_id).first()
    if line is None:
        raise NotFound
    if line.proposal_id is not None or line.variant_id is None:
        raise QuantityAgreed(field="quantity")
    variant = _sold(union=cart.union, variant_id=line.variant_id)
    put(cart=cart, variant=variant, quantity=quantity, now=now)
    Cart.objects.filter(pk=cart.pk).update(touched_at=now)
    return _counted(cart)


@transaction.atomic
def remove_line(*, cart: Cart, line_id: int, now: datetime) -> Cart:
    """Take the line out and give its pieces back. Taking out a line that is gone does nothing."""
    cart = _locked(union=cart.union, cart_id=cart.pk)
    line = CartLine.objects.filter(union=cart.union, cart=cart, pk=line_id).first()
    if line is not None:
        free_line(cart=cart, line=line, now=now)
        line.delete()
        release_holds(owners=[hold_owner(line_id=line_id)], now=now, reason="taken out of the cart")
    Cart.objects.filter(pk=cart.pk).update(touched_at=now)
    return _counted(cart)


@transaction.atomic
def merge_carts(*, union: Union, user: User, token: str, now: datetime) -> Cart | None:
    """At sign-in the guest's cart becomes the person's: taken over whole, or added to the one they have.

    What is short of stock is merged as far as it goes. Returns the person's open cart, or None when there is none.
    """
    guest = Cart.objects.select_for_update().filter(union=union, token=token, user=None, state=Cart.State.OPEN).first()
    own = Cart.objects.select_for_update().filter(union=union, user=user, state=Cart.State.OPEN).first()
    if guest is None or own is None:
        if guest is None:
            return _counted(own) if own else None
        before = shopper_of(cart=guest)
        guest.user = user
        guest.save(update_fields=["user"])
        move_claims(union=union, before=before, after=shopper_of(cart=guest), now=now)
        return _counted(guest)
    pour(coming=guest, into=own, now=now)
    return _counted(own)


def pour(*, coming: Cart, into: Cart, now: datetime) -> None:
    """Add one locked cart's lines to another's, as far as they can be had; the emptied one is merged and over."""
    union = into.union
    _pour_agreed(coming=coming, into=into)
    take_claims_along(coming=coming, into=into, now=now)
    lines = list(CartLine.objects.filter(union=union, cart=coming, proposal=None).select_related("variant"))
    own = CartLine.objects.filter(union=union, cart=into, proposal=None)
    there = dict(own.values_list("variant_id", "quantity"))
    release_holds(owners=[hold_owner(line_id=line.pk) for line in lines], now=now, reason="carts merged")
    for line in sorted(lines, key=lambda line: line.variant_id or 0):
        assert line.variant is not None and line.variant_id is not None
        already = there.get(line.variant_id, 0)
        quantity = min(line.quantity + already, MOST_OF_ONE)
        _put_as_far_as_it_goes(cart=into, variant=line.variant, quantity=quantity, already=already, now=now)
    coming.lines.all().delete()
    coming.state = Cart.State.MERGED
    coming.save(update_fields=["state"])


def _pour_agreed(*, coming: Cart, into: Cart) -> None:
    """What was agreed moves as it is: its pieces are held by the agreement, not by the line."""
    there = CartLine.objects.filter(union=into.union, cart=into)
    agreed = CartLine.objects.filter(union=into.union, cart=coming, proposal__isnull=False)
    agreed.exclude(proposal__in=there.filter(proposal__isnull=False).values("proposal")).update(cart=into)


def _put_as_far_as_it_goes(*, cart: Cart, variant: Variant, quantity: int, already: int, now: datetime) -> None:
    while quantity > already:
        try:
            with transaction.atomic():
                put(cart=cart, variant=variant, quantity=quantity, now=now)
            return
        except OutOfStock as shortage:
            quantity = min(quantity - 1, already + int(shortage.facts.get("available", 0)))
        except (CartFull, UrgentBusy, UrgentLimit, UrgentOver, UrgentSoldOut):
            return


def forget_idle_carts(*, before: datetime, now: datetime, limit: int = 500) -> int:
    """Delete guests' open carts that nobody has touched since `before`; gives their pieces back."""
    with transaction.atomic():
        idle = list(
            Cart.objects.select_for_update(skip_locked=True)
            .filter(state=Cart.State.OPEN, user=None, touched_at__lt=before)
            .order_by("touched_at")
            .values_list("pk", flat=True)[:limit]
        )
        lines = CartLine.objects.filter(cart__in=idle).values_list("pk", flat=True)
        release_holds(owners=[hold_owner(line_id=line) for line in lines], now=now, reason="cart left behind")
        Cart.objects.filter(pk__in=idle).delete()
    return len(idle)


def _sold(*, union: Union, variant_id: int) -> Variant:
    variant = (
        Variant.objects.filter(
            union=union,
            pk=variant_id,
            is_active=True,
            product__is_published=True,
            store__is_published=True,
            store__membership__state="active",
        )
        .order_by()
        .first()
    )
    if variant is None:
        raise VariantNotSold
    return variant


def open_cart(*, union: Union, user: User | None, token: str, now: datetime) -> Cart:
    """The shopper's open cart, locked; a fresh one when there is none."""
    carts = Cart.objects.select_for_update().filter(union=union, state=Cart.State.OPEN)
    cart = carts.filter(user=user).first() if user else carts.filter(user=None, token=token).first() if token else None
    if cart is None:
        free = bool(token) and user is None and not Cart.objects.filter(token=token).exists()
        fresh = token if free else new_secret()
        cart = Cart.objects.create(union=union, user=user, token=fresh, touched_at=now)
    cart.union = union
    return cart


def _locked(*, union: Union, cart_id: int) -> Cart:
    cart = Cart.objects.select_for_update().filter(union=union, pk=cart_id, state=Cart.State.OPEN).first()
    if cart is None:
        raise NotFound
    cart.union = union
    return cart


def put(*, cart: Cart, variant: Variant, quantity: int, now: datetime) -> None:
    """The locked cart's line of the variant becomes exactly that quantity, held as far as the variant is counted."""
    if not 1 <= quantity <= MOST_OF_ONE:
        raise BadQuantity(field="quantity")
    lines = CartLine.objects.filter(union=cart.union, cart=cart)
    own = lines.filter(variant=variant, proposal=None).first()
    if own is None and lines.count() >= MOST_LINES:
        raise CartFull
    if own is not None and own.urgent_id is not None and is_claimed(cart=cart, line=own, now=now):
        sale = UrgentSale.objects.get(union=cart.union, pk=own.urgent_id)
        claim_line(cart=cart, sale=sale, quantity=quantity, now=now)
        return
    line, _created = CartLine.objects.update_or_create(
        union=cart.union,
        cart=cart,
        variant=variant,
        proposal=None,
        defaults={"quantity": quantity, "seen_price": variant.price, "urgent": None},
        create_defaults={
            "quantity": quantity,
            "seen_price": variant.price,
            "store_id": variant.store_id,
            "added_at": now,
        },
    )
    set_holds(union=cart.union, wants=[HoldWant(hold_owner(line_id=line.pk), variant.pk, quantity)], now=now)


def _counted(cart: Cart) -> Cart:
    quantities = CartLine.objects.filter(union=cart.union, cart=cart).values_list("quantity", flat=True)
    cart.pieces = sum(quantities)  # type: ignore[attr-defined]
    return cart
