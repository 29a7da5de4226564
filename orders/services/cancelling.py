"""Undoing one store's order: its stock and its money go back, its siblings stay as they are."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, TextField, Value
from django.db.models.functions import Concat

from accounts.models import User
from core.errors import DomainError
from core.outbox import publish
from orders.errors import NotCancellable
from orders.events import ORDER_MOVED
from orders.models import Order, OrderLine, Shipment
from orders.services.moving import move_orders
from orders.services.runs.following import follow_orders
from payments.models import PaymentRequest, PaymentSplit, Refund
from payments.services.requests import cancel_request, refund_split, void_split
from stores.services.stock import give_back
from unions.models import Union

logger = logging.getLogger(__name__)

GRACE = timedelta(minutes=1)
LOOK_BACK = timedelta(days=30)


@transaction.atomic
def cancel_order(*, order: Order, actor: User | None, reason: str, now: datetime, by_store: bool = False) -> Order:
    """Cancel this order alone. A shopper can until it is packed, its store until the first parcel has left.

    The stock is given back in the same transaction; the money is voided or refunded right after it, and again by a
    sweep should that be interrupted. Raises NotCancellable, then nothing has changed.
    """
    move = "cancel_packed" if by_store else "cancel"
    moved = move_orders(move=move, union=order.union, order_id=order.pk, actor=actor, now=now, note=reason)
    if not moved:
        raise NotCancellable
    # The move holds the order's lock, which a parcel takes before it leaves.
    if Shipment.objects.filter(union=order.union, order=order).exclude(state=Shipment.State.RETURNED).exists():
        raise NotCancellable
    take_back(union=order.union, orders=moved, actor=actor, now=now, reason="order cancelled")
    publish(ORDER_MOVED[Order.State.CANCELLED], aggregate=f"order:{order.pk}", order_id=order.pk)
    follow_orders(union=order.union, order_ids=[order.pk], now=now)
    order.state, order.changed_at, order.cancel_reason = Order.State.CANCELLED, now, reason[:200]
    transaction.on_commit(lambda: let_go(order=order, now=now), robust=True)
    return order


def take_back(
    *, union: Union, orders: Sequence[Any], actor: User | None, now: datetime, reason: str, but_urgent: bool = False
) -> None:
    """Lay the pieces of these cancelled orders (rows with id and number) back in; call it once per order that moved.

    Pieces that were called off before are back already. With `but_urgent` not those of urgent sales, which go back to
    the sale.
    """
    pieces: dict[int, list[tuple[int, int]]] = defaultdict(list)
    lines = OrderLine.objects.filter(
        union=union, order__in=[order.id for order in orders], kind=OrderLine.Kind.GOODS, variant__tracks_stock=True
    )
    if but_urgent:
        lines = lines.filter(urgent=None)
    for order_id, variant_id, kept in lines.values_list(
        "order_id", "variant_id", F("quantity") - F("cancelled") - F("returned")
    ):
        if kept:
            pieces[order_id].append((variant_id, kept))
    for order in orders:
        if pieces[order.id]:
            give_back(
                union=union,
                pieces=sorted(pieces[order.id]),
                reference=order.number,
                actor=actor,
                now=now,
                reason=reason,
            )


def release_money(*, order: Order, now: datetime) -> None:
    """Let go of a cancelled order's part of the payment: void what is authorized, refund what is captured.

    Runs outside of transactions and may be repeated. A payment that is still unanswered is called off once all orders
    of its purchase are cancelled; if it is authorized all the same, mark_paid comes back here.
    """
    split = (
        PaymentSplit.objects.filter(union=order.union, reference=order.number).select_related("request__union").first()
    )
    if split is None:
        return
    left = split.captured - split.refunded - split.refunding
    if left:
        refund_split(
            union=order.union,
            reference=order.number,
            amount=left,
            refund_reference=refund_reference(number=order.number),
            reason=order.cancel_reason or "order cancelled",
            now=now,
        )
    elif split.captured == 0 and split.authorized > split.voided + split.captured:
        void_split(union=order.union, reference=order.number, now=now)
    elif split.request.state == PaymentRequest.State.CREATED:
        siblings = Order.objects.filter(union=order.union, purchase=order.purchase_id)
        if not siblings.exclude(state=Order.State.CANCELLED).exists():
            cancel_request(payment_request=split.request, now=now)


def let_go(*, order: Order, now: datetime) -> None:
    """release_money for those who cannot do anything about a refusal: it is logged, and the sweep tries again."""
    try:
        release_money(order=order, now=now)
    except DomainError:
        logger.exception("the money of cancelled order %s is still held", order.number)


def refund_reference(*, number: str) -> str:
    """The one refund that belongs to the cancellation of an order."""
    return f"cancel-{number}"


def release_forgotten_money(*, now: datetime, limit: int = 200) -> int:
    """Let go of money that cancelled orders still hold because a process died in between. Says how many there were."""
    held = PaymentSplit.objects.filter(union=OuterRef("union"), reference=OuterRef("number")).filter(
        Q(captured__gt=F("refunded") + F("refunding")) | Q(authorized__gt=F("voided") + F("captured"))
    )
    under_way = Refund.objects.filter(
        union=OuterRef("union"), reference=Concat(Value("cancel-"), OuterRef("number"), output_field=TextField())
    )
    forgotten = (
        Order.objects.filter(Exists(held), ~Exists(under_way), state=Order.State.CANCELLED)
        .filter(changed_at__lt=now - GRACE, changed_at__gt=now - LOOK_BACK)
        .select_related("union")
        .order_by("id")[:limit]
    )
    for order in forgotten:
        let_go(order=order, now=now)
    return len(forgotten)
