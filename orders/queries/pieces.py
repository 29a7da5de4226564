"""Where the pieces of an order are: still at the store, with the shopper, called off or back."""

from __future__ import annotations

from collections.abc import Iterable

from orders.models import Order, OrderLine
from orders.queries.parcels import goods_of

State = Order.State
LEFT = (State.SHIPPED, State.DELIVERED, State.COMPLETED)
"""States in which everything that was kept has left the store."""


def pieces_gone(
    *, order: Order, lines: Iterable[OrderLine], goods: Iterable[OrderLine] | None = None
) -> dict[int, int]:
    """By id of their line, the kept pieces that have left the store; `goods` as `goods_of` reads them, where read."""
    if order.state in LEFT:
        return {line.pk: line.kept for line in lines}
    if order.state != State.PACKED:
        return {}
    # Of a packed order some parcels may be on their way already.
    travelling = goods_of(order) if goods is None else goods
    away = {line.pk: line.left for line in travelling}  # type: ignore[attr-defined]
    return {line.pk: min(line.kept, away.get(line.pk, 0)) for line in lines}


def callable_pieces(
    *, order: Order, lines: Iterable[OrderLine], by_store: bool, goods: Iterable[OrderLine] | None = None
) -> dict[int, int]:
    """By id of their line, how many pieces this side could call off, as things were read."""
    lines = list(lines)
    states = Order.WAITING if by_store else (State.PAID, State.ACCEPTED)
    if order.state not in states:
        return {}
    gone = pieces_gone(order=order, lines=lines, goods=goods)
    return {line.pk: line.kept - gone.get(line.pk, 0) for line in lines}
