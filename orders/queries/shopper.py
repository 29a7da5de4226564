"""What a shopper sees of purchases and orders: their own, or what their link opens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from core.errors import NotFound
from orders.models import Order, OrderChange, Purchase
from stores.models import Review
from unions.models import Membership, Union


def purchase_by_token(*, union: Union, token: str) -> Purchase:
    """The purchase whose link this is, with its orders, lines, steps and shipments, in a fixed number of queries.

    Raises NotFound, also for another union's.
    """
    purchase = _whole(Purchase.objects.filter(union=union, token=token)).first() if token else None
    if purchase is None:
        raise NotFound
    return purchase


def purchase_to_follow(*, union_slug: str, token: str) -> int | None:
    """The id of the purchase whose link this is, or None."""
    return Purchase.objects.filter(union__slug=union_slug, token=token).values_list("pk", flat=True).first()


def awaits_time(order: Order) -> bool:
    """Whether a time has to be agreed on: something in it is a service done by appointment.

    Reads the lines that were prefetched.
    """
    products = [line.variant.product for line in order.lines.all() if line.variant is not None]
    return any(product.kind == "service" and product.by_appointment for product in products)


def with_sellers(orders: Sequence[Order], *, union: Union) -> Sequence[Order]:
    """The orders, each with who sold it. That is frozen with the sale, so there is no query.

    One that was imported, or placed by the release before that froze it, is told with today's enterprise: one query.
    """
    unknown = [order for order in orders if not order.seller_name]
    if not unknown:
        return orders
    wanted = {order.membership_id for order in unknown}
    members = Membership.objects.filter(union=union, pk__in=wanted).select_related("enterprise")
    by_membership = {member.pk: member.enterprise for member in members}
    for order in unknown:
        seller = by_membership[order.membership_id]
        order.seller_name, order.seller_address = seller.legal_name or seller.name, seller.address
        order.seller_registration, order.seller_tax_number = seller.registration_number, seller.tax_number
    return orders


def stars_given(orders: Iterable[Order], *, union: Union) -> dict[tuple[str, int | None], int]:
    """By order number and product, the stars that its buyer gave; one query, none where nothing has arrived."""
    arrived = (Order.State.DELIVERED, Order.State.COMPLETED)
    numbers = [order.number for order in orders if order.state in arrived]
    if not numbers:
        return {}
    given = Review.objects.filter(union=union, order_number__in=numbers).order_by("id")
    rows = given.values_list("order_number", "product", "stars")
    return {(number, product): stars for number, product, stars in rows}


def purchases_of(user: User) -> QuerySet[Purchase]:
    """The person's purchases in all unions, newest first."""
    orders = Order.objects.select_related("store").order_by("id")
    return (
        Purchase.objects.filter(user=user)
        .select_related("union")
        .prefetch_related(Prefetch("orders", queryset=orders))
        .order_by("-id")
    )


def order_of_buyer(user: User, number: str) -> Order:
    """The person's order with this number, in whichever union, with its `union` and `purchase`. Raises NotFound."""
    orders = Order.objects.filter(purchase__user=user, number=number)
    order = orders.select_related("union", "purchase").order_by("-id").first()
    if order is None:
        raise NotFound
    return order


def _whole(purchases: QuerySet[Purchase]) -> QuerySet[Purchase]:
    orders = (
        Order.objects.select_related("store__hand_over_rule")
        .prefetch_related(
            "lines__variant__product",
            "shipments__lines",
            "shipments__events",
            "credits__lines__order_line",
            Prefetch("changes", OrderChange.objects.order_by("id")),
        )
        .order_by("id")
    )
    return purchases.select_related("union").prefetch_related(Prefetch("orders", queryset=orders))
