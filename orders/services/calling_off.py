"""Pieces of an order's lines that are not wanted, or not to be had: called off before they leave, the rest goes on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid
from orders.errors import NotCancellable, PiecesGone
from orders.models import CreditNote, Order, OrderLine, Return, Side
from orders.queries.pieces import pieces_gone
from orders.services.cancelling import cancel_order
from orders.services.crediting import credited_pieces, pieces_by_line, value_of, write_credit
from orders.services.locking import lock_lines, lock_order
from orders.services.moving import MOVES
from orders.services.parcels import follow_parcels
from stores.services.stock import give_back


@transaction.atomic
def call_off_pieces(
    *,
    order: Order,
    pieces: Mapping[int, int],
    actor: User | None,
    reason: str,
    now: datetime,
    by_store: bool = False,
    restock: bool = True,
) -> CreditNote | None:
    """Call off pieces (by id of their line) of a paid order. A shopper can until it is packed, its store until a piece
    has left.

    The pieces are laid back in (unless the store says with `restock` that they are not there) and their price goes
    back; delivery is kept. When nothing would be left the order is cancelled as a whole, with everything paid for it,
    and there is no credit note. Raises NotCancellable, PiecesGone, Invalid; then nothing has changed.
    """
    held = lock_order(order=order)
    sources = MOVES["cancel_packed" if by_store else "cancel"].sources
    if held.state not in sources or held.state == Order.State.PLACED:
        raise NotCancellable
    lines = lock_lines(order=held)
    if Return.objects.filter(union=held.union_id, replacement=held).exists():
        # What is sent in exchange has no price of its own to give back in parts: it comes whole or not at all.
        pieces = {pk: line.kept for pk, line in lines.items()}
    gone = pieces_gone(order=held, lines=lines.values())
    wanted = _checked(lines, pieces, gone)
    if all(lines[pk].kept == pieces.get(pk, 0) for pk in lines):
        if not restock:
            _lose(held, wanted)
        order.state = cancel_order(order=held, actor=actor, reason=reason, now=now, by_store=by_store).state
        return None
    credited = credited_pieces(order=held)
    note = write_credit(
        order=held,
        kind=CreditNote.Kind.CALLED_OFF,
        parts=[(line, count, *value_of(line=line, pieces=count, credited=credited)) for line, count in wanted],
        reason=reason,
        side=Side.STORE if by_store else Side.CUSTOMER,
        actor=actor,
        now=now,
    )
    _lose(held, wanted)
    if restock:
        lay_back(order=held, wanted=wanted, reference=held.number, reason="called off", actor=actor, now=now)
    if held.state == Order.State.PACKED:
        # Perhaps everything that is left of it is on its way already.
        order.state = follow_parcels(order=held, actor=actor, now=now).state
    order.given_back, order.changed_at = held.given_back, now
    return note


def lay_back(
    *,
    order: Order,
    wanted: list[tuple[OrderLine, int]],
    reference: str,
    reason: str,
    actor: User | None,
    now: datetime,
) -> None:
    """Lay pieces of lines back in; what is not goods, or not counted, passes. One movement per variant."""
    counts: dict[int, int] = {}
    for line, count in wanted:
        if line.kind == OrderLine.Kind.GOODS and line.variant is not None and line.variant.tracks_stock:
            counts[line.variant.pk] = counts.get(line.variant.pk, 0) + count
    if counts:
        give_back(
            union=order.union, pieces=sorted(counts.items()), reference=reference, actor=actor, now=now, reason=reason
        )


def _lose(order: Order, wanted: list[tuple[OrderLine, int]]) -> None:
    for line, count in wanted:
        OrderLine.objects.filter(union=order.union_id, pk=line.pk).update(cancelled=F("cancelled") + count)
        line.cancelled += count


def _checked(
    lines: Mapping[int, OrderLine], pieces: Mapping[int, int], gone: Mapping[int, int]
) -> list[tuple[OrderLine, int]]:
    if any(count < 0 for count in pieces.values()) or not set(pieces) <= set(lines):
        raise Invalid(_("Choose pieces of this order."), field="lines")
    wanted = pieces_by_line(lines=lines, pieces=pieces)
    if not wanted:
        raise Invalid(_("Choose at least one piece."), field="lines")
    for line, count in wanted:
        left = line.kept - gone.get(line.pk, 0)
        if count > left:
            raise PiecesGone(line=line.pk, left=max(left, 0))
    return wanted
