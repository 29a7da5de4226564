"""What the shopper says between cart and payment: who, where to, how delivered, paid from which account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, NotAllowed, NotFound
from core.statements import rows_of
from orders.errors import CartBought
from orders.models import Cart
from payments.models import PaymentAccount


@dataclass(frozen=True, slots=True)
class CheckoutDetails:
    """Who receives it and where. The address may stay empty when nothing is delivered to it."""

    email: str
    recipient: str
    phone: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    note: str = ""


CHOOSE = """
WITH asked AS (
    SELECT * FROM unnest(%(stores)s::bigint[], %(options)s::bigint[], %(wishes)s::text[])
        AS a(store_id, option_id, wish)
), known AS (
    SELECT a.store_id, a.option_id, a.wish FROM asked a
    JOIN stores_deliveryoption o ON o.id = a.option_id AND o.store_id = a.store_id AND o.is_active
        AND o.union_id = %(union)s
), unknown AS (
    SELECT store_id FROM asked WHERE store_id NOT IN (SELECT store_id FROM known)
), chosen AS (
    INSERT INTO orders_storedelivery AS d (union_id, cart_id, store_id, option_id, wish)
    SELECT %(union)s, %(cart)s, store_id, option_id, COALESCE(wish, '') FROM known
    WHERE NOT EXISTS (SELECT FROM unknown)
    ORDER BY store_id
    ON CONFLICT (cart_id, store_id) DO UPDATE SET
        option_id = excluded.option_id,
        wish = COALESCE((SELECT k.wish FROM known k WHERE k.store_id = d.store_id), d.wish)
    RETURNING d.store_id
)
SELECT store_id FROM unknown
"""


def save_details(*, cart: Cart, details: CheckoutDetails, account: PaymentAccount | None = None, now: datetime) -> Cart:
    """Keep who and where, and from which account it is paid if one is given. Raises CartBought, NotAllowed."""
    values: dict[str, object] = asdict(details)
    if account is not None:
        values["payment_account"] = _usable(cart, account)
    _update(cart, values, now=now)
    return cart


def choose_delivery(*, cart: Cart, choices: Mapping[int, int], wishes: Mapping[int, str] | None = None) -> None:
    """Choose a delivery option (id) per store (id), with one statement. Raises Invalid, then nothing is chosen.

    `wishes` says per store when its services would suit; a store that is not in it keeps what was wished before.
    """
    if not choices:
        return
    said = wishes or {}
    values = {
        "union": cart.union.pk,
        "cart": cart.pk,
        "stores": list(choices),
        "options": list(choices.values()),
        "wishes": [said[store].strip()[:200] if store in said else None for store in choices],
    }
    if rows_of(CHOOSE, values):
        raise Invalid(_("This way of delivery is not offered any more."), field="delivery")


def _usable(cart: Cart, account: PaymentAccount) -> PaymentAccount:
    if account.user_id is not None and account.user_id != cart.user_id:
        raise NotAllowed
    return account


def _update(cart: Cart, values: dict[str, object], *, now: datetime) -> None:
    found = Cart.objects.filter(union=cart.union, pk=cart.pk, state=Cart.State.OPEN).update(touched_at=now, **values)
    if not found:
        if Cart.objects.filter(union=cart.union, pk=cart.pk).exists():
            raise CartBought
        raise NotFound
    for name, value in values.items():
        setattr(cart, name, value)
