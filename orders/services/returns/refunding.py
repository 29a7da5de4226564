"""The money of a received return goes back: all of it or, with a reason, less; with the delivery or without."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid, WrongState
from core.money import share, tax_inside
from orders.models import CreditNote, Order, OrderLine, Return, ReturnLine, Side
from orders.queries.returns import worth_of
from orders.services.crediting import credited_pieces, delivery_left, value_of, write_credit
from orders.services.locking import lock_lines, lock_order
from orders.services.returns.moving import move_return


@transaction.atomic
def refund_return(
    *,
    returned: Return,
    actor: User | None,
    now: datetime,
    amount: int | None = None,
    delivery: int = 0,
    reason: str = "",
) -> Return:
    """Give back what the pieces that came had cost, or a smaller `amount` with a reason, and `delivery` of its price.

    Once: of two who try, one does it. It is refunded from the order's own payment, also after the payout: then it is a
    negative earning of the next period. Raises WrongState, Invalid, GivesBackTooMuch; then nothing has changed.
    """
    assert returned.order is not None
    order = lock_order(order=returned.order)
    state = Return.objects.values_list("state", flat=True).get(union=returned.union_id, pk=returned.pk)
    if order.state == Order.State.CANCELLED or state != Return.State.RECEIVED:
        raise WrongState(state=state)
    parts = parts_of(order=order, returned=returned, amount=amount, reason=reason)
    left = delivery_left(order=order)
    if not 0 <= delivery <= left:
        raise Invalid(_("Not more than the delivery cost, and was not given back yet."), field="delivery", left=left)
    note = write_credit(
        order=order,
        kind=CreditNote.Kind.RETURNED,
        parts=parts,
        delivery=delivery,
        reason=reason or returned.reason,
        side=Side.STORE,
        actor=actor,
        now=now,
    )
    return move_return(
        returned=returned,
        move="refund",
        side=Side.STORE,
        actor=actor,
        now=now,
        note=reason[:200],
        credit=note,
        total=note.total,
        settled_at=now,
    )


def parts_of(
    *, order: Order, returned: Return, amount: int | None, reason: str
) -> list[tuple[OrderLine, int, int, int]]:
    """Per line of the order: the pieces that came, what goes back for them, and the tax in it. Raises Invalid."""
    lines = lock_lines(order=order)
    came = [line for line in ReturnLine.objects.filter(union=order.union_id, returned=returned) if line.received]
    whole = worth_of(came)
    if amount is None or amount == whole:
        credited = credited_pieces(order=order)
        parts = []
        for line in came:
            sold = lines[line.order_line_id or 0]
            parts.append((sold, line.received, *value_of(line=sold, pieces=line.received, credited=credited)))
        return parts
    if not 0 <= amount <= whole:
        raise Invalid(_("Not more than these pieces cost."), field="amount", most=whole)
    if not reason.strip():
        raise Invalid(_("Say why it is less."), field="reason")
    shares = share(amount, [line.unit_price * line.received for line in came])
    parts = []
    for line, part in zip(came, shares, strict=True):
        sold = lines[line.order_line_id or 0]
        parts.append((sold, line.received, part, tax_inside(part, sold.tax_bp)))
    return parts
