"""What the races happen on: markets with two stores, made inside the platform by `Platform.python`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from orders.models import Order
from orders.queries.cart_review import review_cart
from orders.services.fulfilment import accept_order, complete_order, deliver_order, hand_over_order, pack_order
from orders.services.fulfilment import ship_order as ship
from orders.services.purchase import pay, place_purchase
from stores.services.keys import SCOPES, issue_key
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, Market, market, ready_cart
from tests.factories.payments import PayoutAccountFactory
from tests.factories.stores import ProductFactory, StoreFactory, VariantFactory
from tests.factories.unions import EnterpriseFactory


def open_market(number: int, *, stock: int, **union: Any) -> Market:
    """The market `race<number>`; its members have payout accounts. Each call runs in a process of its own."""
    for factory in (UserFactory, EnterpriseFactory, StoreFactory, ProductFactory, VariantFactory):
        factory.reset_sequence(number * 1000)
    place = market(stock=stock, slug=f"race{number}", prefix=f"RAC{chr(65 + number)}", **union)
    for store in (place.first, place.second):
        PayoutAccountFactory(membership=store.membership)
    return place


def told(place: Market) -> dict[str, Any]:
    """What a test needs to know about a market."""
    keys = [
        issue_key(union=place.union, store=store, name="till", scopes=list(SCOPES), actor=None)[1]
        for store in (place.first, place.second)
    ]
    return {
        "union": place.union.pk,
        "api": f"/api/v1/unions/{place.union.slug}",
        "bread": place.bread.pk,
        "lamp": place.lamp.pk,
        "keys": keys,
    }


def completed_purchase(place: Market) -> None:
    """A purchase of both stores that was delivered and earned when the factories' time began."""
    cart = ready_cart(place)
    digest = review_cart(cart=cart, now=NOW).digest
    purchase = place_purchase(cart=cart, digest=digest, language="en", origin="website", now=NOW)
    pay(purchase=purchase, now=NOW)
    for order in Order.objects.filter(purchase=purchase).select_related("union", "store"):
        accept_order(order=order, actor=None, now=NOW)
        pack_order(order=order, actor=None, now=NOW)
        if order.delivery_kind == "delivery":
            ship(order=order, actor=None, now=NOW, carrier="Post")
            deliver_order(order=order, actor=None, now=NOW)
        else:
            hand_over_order(order=order, actor=None, now=NOW)
        complete_order(order=order, now=NOW + timedelta(days=place.union.holding_days))
