"""What a store does with an order until its money is earned. Of two who try a step, exactly one does it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from core.errors import DomainError, WrongState
from orders.errors import CaptureFailed
from orders.models import Order
from orders.services.cancelling import cancel_order, let_go
from orders.services.crediting import settle_or_log
from orders.services.exchange_bills import require_difference_paid
from orders.services.handing import hand_over_order
from orders.services.moving import MOVES, is_open, move_order, next_moves
from orders.services.parcels import deliver_order, ship_order
from payments.services.requests import capture_split
from payments.services.settlement import earn

__all__ = [
    "MOVES",
    "accept_order",
    "cancel_order",
    "complete_order",
    "deliver_order",
    "hand_over_order",
    "next_moves",
    "pack_order",
    "ship_order",
]


def accept_order(*, order: Order, actor: User | None, now: datetime) -> Order:
    """Settle the order's part of the payment, then accept it: money comes before delivery.

    Raises WrongState, or CaptureFailed: then the order stays paid. If it is cancelled while the money is being
    settled, the cancellation stands and the money goes back.
    """
    current = Order.objects.select_related("union").get(union=order.union, pk=order.pk)
    if not is_open(order=current, move="accept"):
        raise WrongState(state=current.state)
    if current.total:
        _capture(current, now=now)
    else:
        require_difference_paid(order=current)
    try:
        accepted = move_order(order=order, move="accept", actor=actor, now=now)
    except WrongState as error:
        if error.facts.get("state") == Order.State.CANCELLED:
            let_go(order=order, now=now)
        raise
    # Pieces that were called off while nothing was collected yet: now there is something to give back.
    settle_or_log(order=order, now=now)
    return accepted


def _capture(order: Order, *, now: datetime) -> None:
    try:
        split = capture_split(union=order.union, reference=order.number, now=now)
    except DomainError as error:
        raise CaptureFailed(reason=error.code) from error
    if split.captured < order.total:
        raise CaptureFailed


def pack_order(*, order: Order, actor: User | None, now: datetime) -> Order:
    """The parcel is packed, or waits at the counter. Raises WrongState."""
    return move_order(order=order, move="pack", actor=actor, now=now)


@transaction.atomic
def complete_order(*, order: Order, now: datetime) -> Order:
    """The union's holding period is over: the order's money becomes the enterprise's earning. Raises WrongState."""
    if order.delivered_at is None or order.delivered_at + timedelta(days=order.union.holding_days) > now:
        raise WrongState(state=order.state)
    move_order(order=order, move="complete", actor=None, now=now)
    if order.total:
        earn(union=order.union, reference=order.number, now=now)
    return order
