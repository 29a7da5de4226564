"""What a key sees of orders and purchases: a store its own, a union's office all, a customer what they bought."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet

from core.errors import NotFound
from core.statements import rows_of
from orders.models import Order, OrderChange, Purchase
from orders.queries.manage import business_of
from stores.models import ApiKey, Store
from unions.models import Union

PARTS = """
SELECT o.number, o.state, o.total, o.deadline, s.slug AS store_slug
FROM orders_order o JOIN stores_store s ON s.id = o.store_id
WHERE o.union_id = %(union)s AND o.purchase_id = %(purchase)s
ORDER BY o.id
"""


def orders_for(union: Union, key: ApiKey, *, state: str = "", store: str = "") -> QuerySet[Order]:
    """Orders, newest first, each with store, purchase, lines, steps and shipments with their lines and events: seven
    queries a page.

    Narrowed to a state and to a store's short name, where given. A store sees none that nobody paid.
    """
    orders: QuerySet[Order] = Order.objects.filter(union=union)
    if state:
        orders = orders.filter(state=state)
    if store:
        orders = orders.filter(store__slug=store)
    if key.store_id is not None:
        orders = business_of(orders.filter(store=key.store_id))
    elif key.user_id is not None:
        orders = orders.filter(purchase__user=key.user_id)
    return (
        orders.select_related("store", "purchase")
        .prefetch_related(
            "lines",
            "credits",
            "shipments__lines",
            "shipments__events",
            Prefetch("changes", OrderChange.objects.order_by("id")),
        )
        .order_by("-id")
    )


def order_for(union: Union, key: ApiKey, number: str) -> Order:
    """The order with this number. Raises NotFound, also for one that is not the key's."""
    order = orders_for(union, key).filter(number=number).first()
    if order is None:
        raise NotFound
    order.union = union
    return order


def purchase_for(union: Union, key: ApiKey | None, number: str, *, cart_token: str) -> Purchase:
    """A purchase for the customer's key, the office's key, or whoever holds the token of the cart it was.

    A store's key sees orders, not purchases. Raises NotFound.
    """
    purchases = Purchase.objects.filter(union=union, number=number)
    if cart_token and (key is None or key.user_id is None):
        purchases = purchases.filter(cart__token=cart_token, user=None)
    elif key is None or key.store_id is not None or "orders:read" not in key.scopes:
        raise NotFound
    elif key.user_id is not None:
        purchases = purchases.filter(user=key.user_id)
    purchase = purchases.first()
    if purchase is None:
        raise NotFound
    purchase.union = union
    return purchase


def parts_of(purchase: Purchase) -> list[dict[str, Any]]:
    """The orders of a purchase in short, in the order of their placing. One query, none for one just placed."""
    known: list[dict[str, Any]] = getattr(purchase, "placed_parts", [])
    if known:
        return known
    return [row._asdict() for row in rows_of(PARTS, {"union": purchase.union_id, "purchase": purchase.pk})]


def store_ids(union: Union, slugs: list[str]) -> dict[str, int]:
    """The ids of stores by short name; unknown ones are left out. One query, none for nothing."""
    if not slugs:
        return {}
    return dict(Store.objects.filter(union=union, slug__in=slugs).values_list("slug", "pk"))
