"""The states of an order: which moves there are, and the one statement that makes a move and writes it down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from core.errors import WrongState
from core.outbox import publish
from core.statements import rows_of
from orders.events import ORDER_MOVED
from orders.models import Order
from orders.services.runs.following import follow_orders
from stores.models import DeliveryOption
from unions.models import Union

State = Order.State
Kind = DeliveryOption.Kind


@dataclass(frozen=True, slots=True)
class Move:
    """From which states, to which one, and for which kinds of delivery (empty: all)."""

    sources: tuple[str, ...]
    target: str
    kinds: tuple[str, ...] = ()


MOVES: dict[str, Move] = {
    "pay": Move((State.PLACED,), State.PAID),
    "fail": Move((State.PLACED,), State.CANCELLED),
    "accept": Move((State.PAID,), State.ACCEPTED),
    "pack": Move((State.ACCEPTED,), State.PACKED),
    "ship": Move((State.PACKED,), State.SHIPPED, (Kind.DELIVERY,)),
    "hand_over": Move((State.PACKED,), State.DELIVERED, (Kind.PICKUP, Kind.DIGITAL)),
    "deliver": Move((State.SHIPPED,), State.DELIVERED),
    "complete": Move((State.DELIVERED,), State.COMPLETED),
    "cancel": Move((State.PLACED, State.PAID, State.ACCEPTED), State.CANCELLED),
    "cancel_packed": Move((State.PLACED, State.PAID, State.ACCEPTED, State.PACKED), State.CANCELLED),
    "come_back": Move((State.SHIPPED,), State.CANCELLED),
}
STORE_MOVES = ("accept", "pack", "ship", "hand_over", "deliver")
"""What a store's staff do with an order, in the order in which they do it."""

_MOVE = """
WITH wanted AS (
    SELECT id FROM orders_order
    WHERE union_id = %(union)s AND {which}
    ORDER BY id FOR UPDATE
), moved AS (
    UPDATE orders_order o SET
        state = %(target)s,
        changed_at = %(now)s,
        delivered_at = CASE WHEN %(target)s = 'delivered' THEN %(now)s ELSE o.delivered_at END,
        cancel_reason = CASE WHEN %(target)s = 'cancelled' THEN %(note)s ELSE o.cancel_reason END
    FROM wanted
    WHERE o.id = wanted.id AND o.state = ANY(%(sources)s)
      AND (%(kinds)s::text[] = '{{}}' OR o.delivery_kind = ANY(%(kinds)s))
    RETURNING o.id, o.purchase_id, o.store_id, o.number, old.state AS from_state
), noted AS (
    INSERT INTO orders_orderchange (union_id, order_id, from_state, to_state, actor_id, note, at)
    SELECT %(union)s, id, from_state, %(target)s, %(actor)s, %(note)s, %(now)s FROM moved
)
SELECT id, purchase_id, store_id, number, from_state, (SELECT count(*) FROM wanted) AS asked FROM moved ORDER BY id
"""
_MOVE_ONE = _MOVE.format(which="id = %(order)s")
_MOVE_MANY = _MOVE.format(which="id = ANY(%(orders)s)")
_MOVE_PURCHASE = _MOVE.format(
    which="purchase_id = (SELECT id FROM orders_purchase WHERE union_id = %(union)s AND number = %(purchase)s)"
)


def move_orders(
    *,
    move: str,
    union: Union,
    actor: User | None,
    now: datetime,
    order_id: int | None = None,
    order_ids: Sequence[int] | None = None,
    purchase_number: str = "",
    note: str = "",
) -> Sequence[Any]:
    """Move one order, several, or all of a purchase, where the move is open to them, and write down each step with it.

    Returns a row (id, purchase_id, store_id, number, from_state, asked) per order that moved, `asked` being how many
    were asked for: of two who try to move an order, one gets it.
    """
    step = MOVES[move]
    values = {
        "union": union.pk,
        "order": order_id,
        "orders": list(order_ids or ()),
        "purchase": purchase_number,
        "sources": list(step.sources),
        "target": step.target,
        "kinds": list(step.kinds),
        "actor": actor.pk if actor else None,
        "note": note[:200],
        "now": now,
    }
    statement = _MOVE_MANY if order_ids is not None else _MOVE_ONE if order_id is not None else _MOVE_PURCHASE
    return rows_of(statement, values)


@transaction.atomic
def move_order(*, order: Order, move: str, actor: User | None, now: datetime, note: str = "") -> Order:
    """Move one order, tell of it, and bring the given instance up to date. Raises WrongState."""
    moved = move_orders(move=move, union=order.union, order_id=order.pk, actor=actor, now=now, note=note)
    if not moved:
        state = Order.objects.filter(union=order.union, pk=order.pk).values_list("state", flat=True).first()
        raise WrongState(state=state)
    target = MOVES[move].target
    publish(ORDER_MOVED[target], aggregate=f"order:{order.pk}", order_id=order.pk)
    follow_orders(union=order.union, order_ids=[order.pk], now=now)
    order.state, order.changed_at = target, now
    if target == Order.State.DELIVERED:
        order.delivered_at = now
    return order


def is_open(*, order: Order, move: str) -> bool:
    """Whether the order, as it was read, can make this move."""
    step = MOVES[move]
    return order.state in step.sources and (not step.kinds or order.delivery_kind in step.kinds)


def next_moves(*, order: Order) -> list[str]:
    """What a store can do with the order now, the usual step first; `cancel_packed` last while it is possible."""
    return [move for move in (*STORE_MOVES, "cancel_packed") if is_open(order=order, move=move)]
