"""A shopper, or the store for them, asks to give pieces back; and takes that back while nothing has come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid
from core.references import new_reference
from orders.errors import NotReturnable, PiecesGone
from orders.models import Order, Return, ReturnLine, Side
from orders.queries.returns import is_returnable, returnable_pieces
from orders.services.crediting import pieces_by_line
from orders.services.locking import lock_lines, lock_order
from orders.services.returns.moving import move_return, write_step
from orders.services.returns.photos import photo_kept


def ask_return(
    *,
    order: Order,
    pieces: Mapping[int, int],
    reason: str,
    actor: User | None,
    now: datetime,
    wish: str = Return.Wish.REFUND,
    by_store: bool = False,
    photo: Any = None,
) -> Return:
    """Ask to give pieces (by id of their line) back. A piece can be in one open return only.

    A shopper can once the order has arrived and while the days of the union, or of its store, last; the store always,
    as soon as pieces have left. Raises NotReturnable, PiecesGone, Invalid; then nothing has changed.
    """
    with photo_kept(order=order, file=photo) as path:
        return _ask(order, pieces, reason=reason, actor=actor, now=now, wish=wish, by_store=by_store, photo=path)


@transaction.atomic
def _ask(
    order: Order,
    pieces: Mapping[int, int],
    *,
    reason: str,
    actor: User | None,
    now: datetime,
    wish: str,
    by_store: bool,
    photo: str,
) -> Return:
    held = lock_order(order=order)
    held.purchase, held.store = order.purchase, order.store
    lines = lock_lines(order=held)
    if not is_returnable(order=held, by_store=by_store, now=now):
        raise NotReturnable
    # Whoever was erased while this waited for the order's lock asks for nothing any more.
    if not by_store and actor is not None and not User.objects.filter(pk=actor.pk, is_active=True).exists():
        raise NotReturnable
    if not set(pieces) <= set(lines) or any(count < 0 for count in pieces.values()):
        raise Invalid(_("Choose pieces of this order."), field="lines")
    wanted = pieces_by_line(lines=lines, pieces=pieces)
    if not wanted:
        raise Invalid(_("Choose at least one piece."), field="lines")
    left = returnable_pieces(order=held, lines=lines.values())
    for line, count in wanted:
        if count > left.get(line.pk, 0):
            raise PiecesGone(line=line.pk, left=left.get(line.pk, 0))
    side = Side.STORE if by_store else Side.CUSTOMER
    returned = Return.objects.create(
        union=held.union,
        store_id=held.store_id,
        order=held,
        number=new_reference(held.union.prefix),
        reason=reason.strip()[:200],
        wish=wish,
        side=side,
        currency=held.currency,
        total=sum(line.unit_price * count for line, count in wanted),
        photo=photo,
        requested_at=now,
    )
    ReturnLine.objects.bulk_create(
        ReturnLine(
            union=held.union,
            returned=returned,
            order_line=line,
            variant_id=line.variant_id,
            kind=line.kind,
            sku=line.sku,
            title=line.title,
            quantity=count,
            unit_price=line.unit_price,
            total=line.unit_price * count,
        )
        for line, count in wanted
    )
    write_step(
        returned=returned, before="", to=Return.State.REQUESTED, side=side, actor=actor, now=now, note=returned.reason
    )
    return returned


@transaction.atomic
def cancel_return(*, returned: Return, side: str, actor: User | None, now: datetime, note: str = "") -> Return:
    """It does not come after all; its pieces can be asked for again. Raises WrongState once it was received."""
    return move_return(returned=returned, move="cancel", side=side, actor=actor, now=now, note=note)
