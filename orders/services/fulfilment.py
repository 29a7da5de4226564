"""What a store does with an order until its money is earned. Of two who try a step, exactly one does it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, WrongState
from core.outbox import publish
from orders.errors import CaptureFailed
from orders.events import ORDER_MOVED
from orders.models import Order, Shipment
from orders.services.cancelling import cancel_order, let_go
from orders.services.moving import MOVES, is_open, move_orders, next_moves
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
    try:
        return _move(order, "accept", actor=actor, now=now)
    except WrongState as error:
        if error.facts.get("state") == Order.State.CANCELLED:
            let_go(order=order, now=now)
        raise


def _capture(order: Order, *, now: datetime) -> None:
    try:
        split = capture_split(union=order.union, reference=order.number, now=now)
    except DomainError as error:
        raise CaptureFailed(reason=error.code) from error
    if split.captured < order.total:
        raise CaptureFailed


def pack_order(*, order: Order, actor: User | None, now: datetime) -> Order:
    """The parcel is packed, or waits at the counter. Raises WrongState."""
    return _move(order, "pack", actor=actor, now=now)


@transaction.atomic
def ship_order(
    *,
    order: Order,
    actor: User | None,
    now: datetime,
    carrier: str = "",
    tracking_number: str = "",
    tracking_url: str = "",
) -> Order:
    """The parcel has left with a carrier; a shipment keeps its number. Raises Invalid, WrongState."""
    if not carrier.strip():
        raise Invalid(_("Say which carrier has the parcel."), field="carrier")
    if tracking_url and not tracking_url.startswith(("https://", "http://")):
        raise Invalid(_("The tracking page is a web address."), field="tracking_url")
    _move(order, "ship", actor=actor, now=now, note=f"{carrier} {tracking_number}".strip())
    Shipment.objects.create(
        union=order.union,
        order=order,
        carrier=carrier[:80],
        tracking_number=tracking_number[:80],
        tracking_url=tracking_url[:200],
        state=Shipment.State.IN_TRANSIT,
        sent_at=now,
    )
    return order


def hand_over_order(*, order: Order, actor: User | None, now: datetime) -> Order:
    """The shopper picked it up, or has been served. Raises WrongState."""
    return _move(order, "hand_over", actor=actor, now=now)


@transaction.atomic
def deliver_order(*, order: Order, actor: User | None, now: datetime) -> Order:
    """The parcel has arrived: marked by the store, or confirmed by the shopper. Raises WrongState."""
    _move(order, "deliver", actor=actor, now=now)
    Shipment.objects.filter(union=order.union, order=order, delivered_at=None).update(
        state=Shipment.State.DELIVERED, delivered_at=now
    )
    return order


@transaction.atomic
def complete_order(*, order: Order, now: datetime) -> Order:
    """The union's holding period is over: the order's money becomes the enterprise's earning. Raises WrongState."""
    if order.delivered_at is None or order.delivered_at + timedelta(days=order.union.holding_days) > now:
        raise WrongState(state=order.state)
    _move(order, "complete", actor=None, now=now)
    if order.total:
        earn(union=order.union, reference=order.number, now=now)
    return order


@transaction.atomic
def _move(order: Order, move: str, *, actor: User | None, now: datetime, note: str = "") -> Order:
    moved = move_orders(move=move, union=order.union, order_id=order.pk, actor=actor, now=now, note=note)
    if not moved:
        state = Order.objects.filter(union=order.union, pk=order.pk).values_list("state", flat=True).first()
        raise WrongState(state=state)
    target = MOVES[move].target
    publish(ORDER_MOVED[target], aggregate=f"order:{order.pk}", order_id=order.pk)
    order.state, order.changed_at = target, now
    if target == Order.State.DELIVERED:
        order.delivered_at = now
    return order
