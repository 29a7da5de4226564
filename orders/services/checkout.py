"""What the shopper says between cart and payment: who, where to, how delivered, paid from which account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, NotAllowed, NotFound
from core.statements import rows_of, tuples_of
from orders.errors import CartBought
from orders.models import Cart
from orders.services.cart import CART_COLUMNS
from orders.services.checkout_sql import CHOOSE, SAVE, SAVE_FOR_GUEST
from payments.models import PaymentAccount
from payments.providers.interface import AccountGrant
from unions.models import Union


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


def save_details(*, cart: Cart, details: CheckoutDetails, account: PaymentAccount | None = None, now: datetime) -> Cart:
    """Keep who and where, and from which account it is paid if one is given. Raises CartBought, NotAllowed."""
    if account is not None and account.user_id is not None and account.user_id != cart.user_id:
        raise NotAllowed
    values: dict[str, object] = asdict(details)
    where = {"union": cart.union.pk, "cart": cart.pk, "account": account.pk if account else None, "now": now}
    if not tuples_of(SAVE, values | where):
        if Cart.objects.filter(union=cart.union, pk=cart.pk).exists():
            raise CartBought
        raise NotFound
    if account is not None:
        values["payment_account"] = account
    for name, value in values.items():
        setattr(cart, name, value)
    return cart


def save_guest_details(
    *, union: Union, token: str, details: CheckoutDetails, account: AccountGrant | None, provider: str, now: datetime
) -> Cart | None:
    """The same for the guest's open cart at that token, with an account that serves this purchase only. One statement.

    None when there is no such cart; then nothing was changed. Without an account the cart keeps the one it has.
    """
    values = asdict(details) | {
        "union": union.pk,
        "token": token,
        "provider": provider,
        "account_token": account.token if account else "",
        "label": account.label if account else "",
        "holder": account.holder if account else "",
        "now": now,
    }
    rows = tuples_of(SAVE_FOR_GUEST, values)
    if not rows:
        return None
    cart = Cart.from_db(connection.alias, CART_COLUMNS, rows[0])
    cart.union = union
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
