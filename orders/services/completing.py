"""Orders whose holding period is over become earnings, by the hundred.

A batch is one transaction of six statements: lock the orders, lock their splits, write the earnings, post them, move
the orders, tell of it. Whoever is killed in it leaves nothing behind, and whatever is locked by somebody else is passed
over and comes with the next run.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DataError, IntegrityError, transaction
from django.db.models import DurationField, ExpressionWrapper, F, Value

from core.errors import DomainError
from core.outbox import publish_all
from core.statements import rows_of
from orders.events import ORDER_MOVED
from orders.models import Order
from orders.services.fulfilment import complete_order
from orders.services.moving import move_orders
from payments.services.settlement import earn_all
from unions.models import Union

logger = logging.getLogger(__name__)

AT_ONCE = 500
LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)

# Locked as a move locks them, from the start: a weaker lock raised later could wait for somebody who waits for us.
_DUE = """
SELECT id, number, total, delivered_at FROM orders_order
WHERE union_id = %(union)s AND state = 'delivered' AND delivered_at <= %(until)s
    AND (delivered_at, id) > (%(after)s, %(after_id)s)
ORDER BY delivered_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""


def complete_delivered_orders(*, now: datetime, at_once: int = AT_ONCE) -> int:
    """Complete everything that was delivered a holding period ago; says how many. Several workers share the work.

    An order whose money cannot be earned is reported and stays delivered; the others of its batch do not wait for it.
    """
    held = ExpressionWrapper(F("union__holding_days") * Value(timedelta(days=1)), output_field=DurationField())
    due = Order.objects.filter(state=Order.State.DELIVERED, delivered_at__lte=now - held)
    unions = Union.objects.filter(pk__in=due.order_by().values("union_id").distinct()).order_by("pk")
    return sum(_complete_union(union, at_once, now=now) for union in unions)


def _complete_union(union: Union, at_once: int, *, now: datetime) -> int:
    """Batch by batch, each beginning behind the last one, so that nothing that stays delivered is in the way."""
    place: tuple[datetime, int] = (LONG_AGO, 0)
    count = 0
    while True:
        try:
            batch, done = _complete_batch(union, place, at_once, now=now)
        except (IntegrityError, DataError):
            logger.exception("%s: a batch of orders could not be completed; now one by one", union.slug)
            batch, done = _one_by_one(union, place, at_once, now=now)
        count += done
        if len(batch) < at_once:
            return count
        place = (batch[-1].delivered_at, batch[-1].id)


@transaction.atomic
def _complete_batch(union: Union, place: tuple[datetime, int], limit: int, *, now: datetime) -> tuple[list[Any], int]:
    """The orders that were looked at, and how many of them are completed now."""
    orders = _due(union, place, limit, now=now)
    references = [order.number for order in orders if order.total]
    earned = earn_all(union=union, references=references, now=now) if references else None
    settled = earned.settled if earned else set()
    ready = [order.id for order in orders if not order.total or order.number in settled]
    if earned and earned.refused:
        logger.error("%s: money of delivered orders that cannot be earned: %s", union.slug, earned.refused)
    if ready:
        moved = move_orders(move="complete", union=union, order_ids=ready, actor=None, now=now)
        event = ORDER_MOVED[Order.State.COMPLETED]
        publish_all([(event, f"order:{order.id}", {"order_id": order.id}) for order in moved])
    return orders, len(ready)


def _one_by_one(union: Union, place: tuple[datetime, int], limit: int, *, now: datetime) -> tuple[list[Any], int]:
    """The same batch after the database refused it as a whole: each order in a transaction of its own."""
    with transaction.atomic():
        orders = _due(union, place, limit, now=now)
    done = 0
    for order in Order.objects.select_related("union").filter(union=union, pk__in=[order.id for order in orders]):
        try:
            complete_order(order=order, now=now)
            done += 1
        except (DomainError, IntegrityError, DataError):
            logger.exception("order %s could not be completed", order.number)
    return orders, done


def _due(union: Union, place: tuple[datetime, int], limit: int, *, now: datetime) -> list[Any]:
    values = {
        "union": union.pk,
        "until": now - timedelta(days=union.holding_days),
        "after": place[0],
        "after_id": place[1],
        "limit": limit,
    }
    return list(rows_of(_DUE, values))
