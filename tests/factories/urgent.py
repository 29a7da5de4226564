"""Urgent sales, planned by the service so that their pieces are really set aside."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from orders.models import Cart
from orders.queries.cart_review import review_cart
from orders.services.checkout import choose_delivery, save_details
from orders.services.purchase import place_purchase
from orders.services.urgent import take_urgent
from stores.models import UrgentSale, Variant
from stores.queries.stock import stock_differences
from stores.queries.urgent import urgent_differences
from stores.services.urgent import SalePlan, plan_sale
from tests.factories.orders import DETAILS, NOW, PaymentAccountFactory

HOUR = timedelta(hours=1)


def urgent_sale(variant: Variant, *, now: datetime = NOW, **plan: Any) -> UrgentSale:
    """Three pieces at 2.00 for an hour from now, unless told otherwise; nobody's limit."""
    values = {"quantity": 3, "price": 200, "starts_at": now, "ends_at": now + HOUR, **plan}
    return plan_sale(store=variant.store, plan=SalePlan(variant=variant, **values), actor=None, now=now)


def take(sale: UrgentSale, *, token: str = "", user: Any = None, quantity: int = 1, now: datetime = NOW) -> Cart:
    return take_urgent(union=sale.union, user=user, token=token, ref=sale.ref, quantity=quantity, now=now)


def ready(cart: Cart, place: Any, *, token: str = "bank:approves", email: str = "", now: datetime = NOW) -> Cart:
    """The cart with who, where and from which account."""
    account = PaymentAccountFactory(token=token, user=cart.user)
    details = DETAILS
    if email:
        details = type(DETAILS)(**{**{name: getattr(DETAILS, name) for name in DETAILS.__slots__}, "email": email})
    save_details(cart=cart, details=details, account=account, now=now)
    choose_delivery(cart=cart, choices={place.first.pk: place.parcel.pk})
    return Cart.objects.select_related("union").get(pk=cart.pk)


def buy(cart: Cart, *, now: datetime = NOW) -> Any:
    digest = review_cart(cart=cart, now=now).digest
    return place_purchase(cart=cart, digest=digest, language="en", origin="website", now=now)


def is_proven(sale: UrgentSale) -> bool:
    """Whether levels, movements, holds, claims and bookings explain each other."""
    return not stock_differences(sale.union) and not urgent_differences(sale.union)
