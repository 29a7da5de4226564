"""Taking pieces of an urgent sale into the cart: one statement in a rush, the careful way where anything is special."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, connection, transaction

from accounts.models import User
from core.errors import NotFound, constraint_of
from core.references import new_secret
from core.statements import one_statement, tuples_of
from orders.errors import BadQuantity
from orders.models import Cart, CartLine
from orders.services.cart import CART_COLUMNS, MOST_LINES, MOST_OF_ONE, open_cart
from orders.services.urgent_lines import claim_line, is_claimed, sale_to_buy
from orders.services.urgent_sql import CLAIM_FOR_GUEST, CLAIM_FOR_USER
from stores.models import UrgentSale
from stores.services.urgent import leave_queue, shopper_key, wait_in_queue
from stores.services.urgent.claiming import CLAIM_LIMIT, CLAIM_TIME
from stores.services.urgent.telling import tell_sale
from unions.models import Union

IN_THE_WAY = {"urgent_level_never_too_many", "urgent_claim_within_limit", "cart_line_once"}


def take_urgent(*, union: Union, user: User | None, token: str, ref: str, quantity: int, now: datetime) -> Cart:
    """Put so many more pieces of the sale into the cart at its price, claimed for ten minutes; makes the cart.

    The returned cart carries `pieces`. Raises NotFound, VariantNotSold, UrgentOver, UrgentLimit, UrgentSoldOut,
    UrgentBusy (there is a queue: `wait_for_urgent`), BadQuantity, CartFull.
    """
    if not 1 <= quantity <= MOST_OF_ONE:
        raise BadQuantity(field="quantity")
    return _at_once(union=union, user=user, token=token, ref=ref, quantity=quantity, now=now) or _step_by_step(
        union=union, user=user, token=token, ref=ref, quantity=quantity, now=now
    )


def _at_once(*, union: Union, user: User | None, token: str, ref: str, quantity: int, now: datetime) -> Cart | None:
    """None when anything stood in its way, and then nothing was changed."""
    own = token if token and user is None else new_secret()
    values = {
        "union": union.pk,
        "user": user.pk if user else None,
        "token": own,
        "shopper": shopper_key(user_id=user.pk if user else None, token=own),
        "sale": ref,
        "quantity": quantity,
        "most_lines": MOST_LINES,
        "now": now,
        "expires": now + CLAIM_TIME,
        "last": now + CLAIM_LIMIT,
    }
    try:
        with one_statement():
            row = next(iter(tuples_of(CLAIM_FOR_USER if user else CLAIM_FOR_GUEST, values)), None)
    except IntegrityError as error:
        if constraint_of(error) in IN_THE_WAY:
            return None
        raise
    if row is None:
        return None
    pieces, sale_id, left, *columns = row
    tell_sale(sale_id=sale_id, always=left == 0, now=now)
    cart = Cart.from_db(connection.alias, CART_COLUMNS, columns)
    cart.union = union
    cart.pieces = int(pieces)  # type: ignore[attr-defined]
    return cart


@transaction.atomic
def _step_by_step(*, union: Union, user: User | None, token: str, ref: str, quantity: int, now: datetime) -> Cart:
    cart = open_cart(union=union, user=user, token=token, now=now)
    sale = sale_to_buy(cart=cart, ref=ref)
    line = CartLine.objects.filter(union=union, cart=cart, variant=sale.variant_id, proposal=None).first()
    # What lies there at the usual price, or was claimed and has lapsed, becomes what is asked for now.
    there = line.quantity if line is not None and is_claimed(cart=cart, line=line, now=now) else 0
    claim_line(cart=cart, sale=sale, quantity=there + quantity, now=now)
    Cart.objects.filter(union=union, pk=cart.pk).update(touched_at=now)
    cart.pieces = sum(  # type: ignore[attr-defined]
        CartLine.objects.filter(union=union, cart=cart).values_list("quantity", flat=True)
    )
    return cart


def wait_for_urgent(
    *, union: Union, user: User | None, token: str, ref: str, quantity: int, now: datetime
) -> tuple[UrgentSale, str]:
    """Take the last place in the sale's queue. Returns the sale and the token under which a guest waits.

    Raises NotFound, UrgentOver, UrgentLimit, UrgentSoldOut, BadQuantity.
    """
    if not 1 <= quantity <= MOST_OF_ONE:
        raise BadQuantity(field="quantity")
    sale = UrgentSale.objects.filter(union=union, ref=ref).first()
    if sale is None:
        raise NotFound
    sale.union = union
    if user is None and (not token or Cart.objects.filter(token=token).exclude(state=Cart.State.OPEN).exists()):
        # A cart that was bought lends its name no more: the next one will have this.
        token = new_secret()
    shopper = shopper_key(user_id=user.pk if user else None, token=token)
    wait_in_queue(sale=sale, shopper=shopper, quantity=quantity, now=now)
    return sale, token


def stop_waiting(*, union: Union, user: User | None, token: str, ref: str, now: datetime) -> UrgentSale:
    """Give the place in the queue up. Raises NotFound for no such sale."""
    sale = UrgentSale.objects.filter(union=union, ref=ref).first()
    if sale is None:
        raise NotFound
    sale.union = union
    if user is not None or token:
        leave_queue(sale=sale, shopper=shopper_key(user_id=user.pk if user else None, token=token), now=now)
    return sale
