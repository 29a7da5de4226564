"""The order first, then its lines: so lock it all who change pieces, parcels, returns or money of it."""

from __future__ import annotations

from orders.models import Order, OrderLine


def lock_order(*, order: Order) -> Order:
    """The order as it is now, its row locked as a move locks it, with its union. Inside a transaction."""
    found = Order.objects.select_for_update(of=("self",)).get(union=order.union_id, pk=order.pk)
    found.union = order.union
    return found


def lock_lines(*, order: Order) -> dict[int, OrderLine]:
    """The order's lines by id, locked in that order, after the order itself."""
    lines = OrderLine.objects.select_for_update(of=("self",)).select_related("variant")
    return {line.pk: line for line in lines.filter(union=order.union_id, order=order).order_by("pk")}
