"""Cart lines whose pieces are claimed from an urgent sale."""

from __future__ import annotations

from datetime import datetime

from core.errors import NotFound
from orders.errors import BadQuantity, CartFull, VariantNotSold
from orders.models import Cart, CartLine, OrderLine
from stores.models import UrgentClaim, UrgentSale
from stores.services.stock import release_holds
from stores.services.urgent import free_claim, move_claims, set_claim, shopper_key

MOST_OF_ONE = 999
MOST_LINES = 100


def shopper_of(*, cart: Cart) -> str:
    """Whose claims are those of this cart."""
    return shopper_key(user_id=cart.user_id, token=cart.token)


def claim_line(*, cart: Cart, sale: UrgentSale, quantity: int, now: datetime) -> CartLine:
    """The locked cart's line of the sale's variant becomes exactly that many claimed pieces at the sale's price.

    Raises UrgentOver, UrgentLimit, UrgentBusy, UrgentSoldOut, BadQuantity, CartFull.
    """
    if not 1 <= quantity <= MOST_OF_ONE:
        raise BadQuantity(field="quantity")
    lines = CartLine.objects.filter(union=cart.union, cart=cart)
    line = lines.filter(variant=sale.variant_id, proposal=None).first()
    if line is None and lines.count() >= MOST_LINES:
        raise CartFull
    if line is not None and line.urgent_id is None:
        release_holds(owners=[f"cart-line:{line.pk}"], now=now, reason="claimed from an urgent sale")
    set_claim(sale=sale, shopper=shopper_of(cart=cart), quantity=quantity, now=now)
    if line is None:
        line = CartLine(union=cart.union, cart=cart, variant_id=sale.variant_id, store_id=sale.store_id, added_at=now)
    line.urgent, line.quantity, line.seen_price = sale, quantity, sale.price
    line.save()
    return line


def is_claimed(*, cart: Cart, line: CartLine, now: datetime) -> bool:
    """Whether the line still has its pieces claimed."""
    if line.urgent_id is None:
        return False
    claims = UrgentClaim.objects.filter(union=cart.union, sale=line.urgent_id, shopper=shopper_of(cart=cart))
    return claims.filter(held__gte=line.quantity, expires_at__gt=now).exists()


def free_line(*, cart: Cart, line: CartLine, now: datetime) -> None:
    """Put back what the line has claimed."""
    if line.urgent_id is not None:
        sale = UrgentSale.objects.get(union=cart.union, pk=line.urgent_id)
        free_claim(sale=sale, shopper=shopper_of(cart=cart), now=now)


def sale_to_buy(*, cart: Cart, ref: str) -> UrgentSale:
    """The sale of this name whose goods may be sold now. Raises NotFound, VariantNotSold."""
    sale = UrgentSale.objects.filter(union=cart.union, ref=ref).first()
    if sale is None:
        raise NotFound
    is_sold = UrgentSale.objects.filter(
        pk=sale.pk,
        variant__is_active=True,
        variant__product__is_published=True,
        store__is_published=True,
        store__membership__state="active",
    )
    if not is_sold.exists():
        raise VariantNotSold
    return sale


def take_claims_along(*, coming: Cart, into: Cart, now: datetime) -> None:
    """Two locked carts become one: claimed pieces go along with their lines, as far as one shopper may have them."""
    move_claims(union=into.union, before=shopper_of(cart=coming), after=shopper_of(cart=into), now=now)
    if coming.pk == into.pk:
        return
    there = {line.variant_id: line for line in CartLine.objects.filter(union=into.union, cart=into, proposal=None)}
    for line in CartLine.objects.filter(union=into.union, cart=coming, urgent__isnull=False):
        own = there.get(line.variant_id)
        claim = UrgentClaim.objects.filter(union=into.union, sale=line.urgent_id, shopper=shopper_of(cart=into)).first()
        held = claim.held if claim is not None else 0
        if own is None:
            line.cart, line.quantity = into, max(min(line.quantity, held), 1)
            line.save(update_fields=["cart", "quantity"])
        elif own.urgent_id == line.urgent_id and held:
            own.quantity = held
            own.save(update_fields=["quantity"])
            line.delete()
        else:
            line.delete()
            if own.urgent_id != line.urgent_id and claim is not None:
                free_claim(sale=claim.sale, shopper=claim.shopper, now=now)


def put_claimed(*, cart: Cart, line: OrderLine, now: datetime) -> None:
    """What was bought in an urgent sale and not paid lies in the cart again; its pieces are claimed already.

    Beside what was claimed meanwhile it is that much more of it.
    """
    own, is_new = CartLine.objects.get_or_create(
        union=cart.union,
        cart=cart,
        variant=line.variant,
        proposal=None,
        defaults={
            "urgent_id": line.urgent_id,
            "store_id": line.order.store_id,
            "quantity": line.quantity,
            "seen_price": line.unit_price,
            "added_at": now,
        },
    )
    if not is_new:
        release_holds(owners=[f"cart-line:{own.pk}"], now=now, reason="claimed from an urgent sale")
        quantity = line.quantity
        if own.urgent_id == line.urgent_id:
            own.quantity += quantity
            quantity = own.quantity if is_claimed(cart=cart, line=own, now=now) else quantity
        own.urgent_id, own.quantity, own.seen_price = line.urgent_id, quantity, line.unit_price
        own.save(update_fields=["urgent", "quantity", "seen_price"])
