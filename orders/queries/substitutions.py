"""What is offered instead of pieces that are not to be had."""

from __future__ import annotations

from collections.abc import Iterable

from core.errors import NotFound
from orders.models import Order, Substitution


def substitutions_of(orders: Iterable[Order]) -> dict[int, list[Substitution]]:
    """By order its offers, oldest first. One query, none without orders."""
    ids = [order.pk for order in orders]
    by_order: dict[int, list[Substitution]] = {}
    if ids:
        for found in Substitution.objects.filter(order__in=ids).select_related("line").order_by("pk"):
            by_order.setdefault(found.order_id, []).append(found)
    return by_order


def substitution_of(order: Order, number: int) -> Substitution:
    """One of an order's offers. Raises NotFound."""
    found = (
        Substitution.objects.filter(union=order.union_id, order=order, pk=number)
        .select_related("order__union", "line", "variant__product__tax_class")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def substitution_with_all(substitution_id: int) -> Substitution:
    """For mails."""
    return Substitution.objects.select_related("order__union", "order__store", "order__purchase", "line").get(
        pk=substitution_id
    )
