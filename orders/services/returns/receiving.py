"""Pieces of a return have come: each is laid back into stock or written off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid
from core.outbox import publish
from orders.errors import PiecesGone
from orders.events import ORDER_MOVED
from orders.models import Order, OrderLine, Return, ReturnLine, Side
from orders.services.calling_off import lay_back
from orders.services.cancelling import let_go
from orders.services.locking import lock_lines, lock_order
from orders.services.moving import move_orders
from orders.services.returns.moving import move_return
from orders.services.runs.following import follow_orders
from stores.services.stock import take_out


@dataclass(frozen=True, slots=True)
class Received:
    """Of one line of a return: pieces that can be sold again, and pieces that cannot."""

    restock: int = 0
    write_off: int = 0


@transaction.atomic
def receive_return(
    *, returned: Return, pieces: Mapping[int, Received], actor: User | None, now: datetime, note: str = ""
) -> Return:
    """The pieces (by id of the return's line) have come; those not named have not, and stay with the shopper.

    Every piece that came is a movement `returned`, a written-off one leaves again as `taken_out`. A parcel of which
    everything came back before it reached anybody cancels its order, with all the money. Raises WrongState,
    PiecesGone, Invalid; then nothing has changed.
    """
    assert returned.order is not None
    order = lock_order(order=returned.order)
    lines = lock_lines(order=order)
    own = {line.pk: line for line in ReturnLine.objects.filter(union=returned.union_id, returned=returned)}
    came = _checked(own, pieces)
    move_return(
        returned=returned,
        move="receive",
        side=Side.STORE,
        actor=actor,
        now=now,
        note=note,
        received_at=now,
        total=sum(line.unit_price * (part.restock + part.write_off) for line, part in came),
    )
    for line, part in came:
        _take_in(line, part, lines)
    _move_stock(order, returned, came, lines, actor=actor, now=now)
    if order.state == Order.State.SHIPPED and not any(line.kept for line in lines.values()):
        _undo(order, returned, actor=actor, now=now)
    return returned


def _checked(own: Mapping[int, ReturnLine], pieces: Mapping[int, Received]) -> list[tuple[ReturnLine, Received]]:
    if not set(pieces) <= set(own) or any(part.restock < 0 or part.write_off < 0 for part in pieces.values()):
        raise Invalid(_("Choose pieces of this return."), field="lines")
    came = [(own[pk], pieces[pk]) for pk in sorted(pieces) if pieces[pk].restock + pieces[pk].write_off]
    if not came:
        raise Invalid(_("Say how many pieces have come."), field="lines")
    for line, part in came:
        if part.restock + part.write_off > line.quantity:
            raise PiecesGone(line=line.pk, left=line.quantity)
    return came


def _take_in(line: ReturnLine, part: Received, lines: Mapping[int, OrderLine]) -> None:
    ReturnLine.objects.filter(union=line.union_id, pk=line.pk).update(
        restocked=part.restock, written_off=part.write_off
    )
    count = part.restock + part.write_off
    sold = lines[line.order_line_id or 0]
    if not OrderLine.objects.filter(
        union=line.union_id, pk=sold.pk, quantity__gte=F("cancelled") + F("returned") + count
    ).update(returned=F("returned") + count):
        raise PiecesGone(line=line.pk, left=sold.kept)
    sold.returned += count


def _move_stock(
    order: Order,
    returned: Return,
    came: Sequence[tuple[ReturnLine, Received]],
    lines: Mapping[int, OrderLine],
    *,
    actor: User | None,
    now: datetime,
) -> None:
    parts = [(lines[line.order_line_id or 0], part) for line, part in came]
    lay_back(
        order=order,
        wanted=[(line, part.restock + part.write_off) for line, part in parts],
        reference=returned.number,
        # Not the shopper's words: movements are never edited, and they must be able to be forgotten.
        reason="returned",
        actor=actor,
        now=now,
    )
    gone = [(line.variant, part.write_off) for line, part in parts if part.write_off and line.kind == "goods"]
    for variant, count in sorted(
        ((variant, count) for variant, count in gone if variant is not None and variant.tracks_stock),
        key=lambda found: found[0].pk,
    ):
        take_out(variant=variant, quantity=count, actor=actor, reason="written off", now=now, reference=returned.number)


def _undo(order: Order, returned: Return, *, actor: User | None, now: datetime) -> None:
    """Nothing of the parcel reached anybody: no sale is left, and all the money goes back, the delivery's too."""
    moved = move_orders(
        move="come_back", union=order.union, order_id=order.pk, actor=actor, now=now, note=returned.reason
    )
    assert moved  # it is locked, and was found shipped
    publish(ORDER_MOVED[Order.State.CANCELLED], aggregate=f"order:{order.pk}", order_id=order.pk)
    follow_orders(union=order.union, order_ids=[order.pk], now=now)
    move_return(
        returned=returned,
        move="refund",
        side=Side.STORE,
        actor=actor,
        now=now,
        settled_at=now,
        total=order.total - order.given_back,
    )
    order.cancel_reason = returned.reason
    transaction.on_commit(lambda: let_go(order=order, now=now), robust=True)
