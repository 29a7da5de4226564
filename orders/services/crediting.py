"""Giving back a part of an order's money: decided under the order's lock, asked of the provider after the commit.

An order's part of the payment is captured or voided whole (ADR 0030). What goes back of an order that is not settled
yet therefore waits until it is: `settle_credits` runs after the capture, and a sweep finds what a dead process left.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Sum

from accounts.models import User
from core.errors import DomainError
from core.money import tax_inside
from core.outbox import publish
from core.references import new_reference
from orders.errors import GivesBackTooMuch
from orders.events import ORDER_CHANGED
from orders.models import CreditLine, CreditNote, Order, OrderLine
from payments.models import PaymentSplit
from payments.services.requests import refund_split

logger = logging.getLogger(__name__)

GRACE = timedelta(minutes=1)


def credited_pieces(*, order: Order) -> dict[int, int]:
    """By id of the line, for how many pieces money went back."""
    lines = CreditLine.objects.filter(union=order.union_id, credit__order=order).order_by()
    return dict(lines.values_list("order_line").annotate(pieces=Sum("quantity")))


def value_of(*, line: OrderLine, pieces: int, credited: Mapping[int, int]) -> tuple[int, int]:
    """What so many of the line's pieces cost, and the tax in it: all parts together have the tax of the whole line."""
    left = line.quantity - credited.get(line.pk, 0)
    before = tax_inside(left * line.unit_price, line.tax_bp)
    after = tax_inside((left - pieces) * line.unit_price, line.tax_bp)
    return pieces * line.unit_price, before - after


def write_credit(
    *,
    order: Order,
    kind: CreditNote.Kind,
    parts: Sequence[tuple[OrderLine, int, int, int]],
    delivery: int = 0,
    more: int = 0,
    more_tax: int = 0,
    reason: str,
    side: str,
    actor: User | None,
    now: datetime,
) -> CreditNote:
    """Write down what goes back of a locked order: per line its pieces, amount and tax; `more` for no piece at all
    (below zero: the price of what comes instead, with its `more_tax`).

    The money is asked for after the commit. Raises GivesBackTooMuch, then nothing has changed.
    """
    goods = sum(amount for _line, _pieces, amount, _tax in parts) + more
    total = goods + delivery
    given = Order.objects.filter(union=order.union_id, pk=order.pk, total__gte=F("given_back") + total)
    if not given.update(given_back=F("given_back") + total, changed_at=now):
        raise GivesBackTooMuch(left=order.total - order.given_back)
    note = CreditNote.objects.create(
        union=order.union,
        order=order,
        number=new_reference(order.union.prefix),
        kind=kind,
        goods=goods,
        delivery=delivery,
        tax=sum(tax for _line, _pieces, _amount, tax in parts) + tax_inside(delivery, order.delivery_tax_bp) + more_tax,
        total=total,
        reason=reason[:200],
        side=side,
        actor=actor,
        at=now,
    )
    CreditLine.objects.bulk_create(
        CreditLine(union=order.union, credit=note, order_line=line, quantity=pieces, amount=amount, tax=tax)
        for line, pieces, amount, tax in parts
    )
    publish(ORDER_CHANGED, aggregate=f"order:{order.pk}", order_id=order.pk, credit_id=note.pk)
    order.given_back, order.changed_at = order.given_back + total, now
    transaction.on_commit(lambda: settle_or_log(order=order, now=now), robust=True)
    return note


def delivery_left(*, order: Order) -> int:
    """What of the delivery's price has not gone back yet."""
    notes = CreditNote.objects.filter(union=order.union_id, order=order)
    gone: int = notes.aggregate(sum=Sum("delivery", default=0))["sum"]
    return order.delivery_total - gone


def settle_credits(*, order: Order, now: datetime) -> int:
    """Ask the provider for what goes back of an order whose money is collected; says for how many notes.

    Nothing happens while it is not collected, or when the order was cancelled meanwhile: then all of it goes back.
    Runs outside of transactions, may be repeated: each note is one refund.
    """
    waiting = list(
        CreditNote.objects.filter(union=order.union_id, order=order, asked_at=None, total__gt=0).order_by("pk")
    )
    if not waiting:
        return 0
    state = Order.objects.values_list("state", flat=True).get(union=order.union_id, pk=order.pk)
    split = PaymentSplit.objects.filter(union=order.union_id, reference=order.number).first()
    if split is None or split.state != PaymentSplit.State.CAPTURED or state == Order.State.CANCELLED:
        return 0
    for note in waiting:
        refund_split(
            union=order.union,
            reference=order.number,
            amount=note.total,
            refund_reference=note.refund_reference,
            reason=note.reason or note.get_kind_display(),
            now=now,
        )
        CreditNote.objects.filter(union=order.union_id, pk=note.pk).update(asked_at=now)
    return len(waiting)


def settle_or_log(*, order: Order, now: datetime) -> None:
    """settle_credits for those who cannot do anything about a refusal: it is logged, and the sweep tries again."""
    try:
        settle_credits(order=order, now=now)
    except DomainError:
        logger.exception("what goes back of order %s is not asked for yet", order.number)


def settle_forgotten_credits(*, now: datetime, limit: int = 200) -> int:
    """Ask for what a process that died in between has not asked for. Says how many orders there were."""
    collected = PaymentSplit.objects.filter(
        union=OuterRef("union"), reference=OuterRef("order__number"), state=PaymentSplit.State.CAPTURED
    )
    forgotten = (
        CreditNote.objects.filter(Exists(collected), asked_at=None, total__gt=0, at__lt=now - GRACE)
        .exclude(order__state=Order.State.CANCELLED)
        .order_by("pk")
        .values_list("order", flat=True)[:limit]
    )
    orders = Order.objects.select_related("union").in_bulk(set(forgotten))
    for _pk, order in sorted(orders.items()):
        settle_or_log(order=order, now=now)
    return len(orders)


def pieces_by_line(*, lines: Mapping[int, OrderLine], pieces: Mapping[int, int]) -> list[tuple[OrderLine, int]]:
    """The wanted pieces with their lines, in key order; what is asked for with a zero is left out."""
    return [(lines[pk], pieces[pk]) for pk in sorted(pieces) if pieces[pk] and pk in lines]
