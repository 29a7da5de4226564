"""One order as its store handles it: what comes next, what can still be changed of it, what was done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from orders.models import HandOverRule, Order, OrderLine
from orders.presenting.orders import changes_shown, credits_shown
from orders.presenting.paths import path_shown
from orders.presenting.returns import return_shown
from orders.queries.manage import VIEWS, hand_over_of
from orders.queries.parcels import goods_of
from orders.queries.pieces import LEFT, callable_pieces
from orders.queries.returns import returns_of_orders
from orders.queries.shopper import awaits_time
from orders.queries.substitutions import substitutions_of
from orders.services.fulfilment import next_moves
from orders.services.handing import MOST_TRIES, proof_of
from orders.services.moving import STORE_MOVES
from stores.models import Store

State, Proof = Order.State, HandOverRule.Proof


def order_handled(store: Store, order: Order, *, now: datetime) -> dict[str, Any]:
    """The order as `order_to_handle` reads it, for its page; `step` is the usual next move, `goods` what travels."""
    moves = next_moves(order=order)
    goods = goods_of(order) if order.state in (State.PACKED, State.SHIPPED) else []
    step = _next_step(order, moves, goods)
    asks = step == "hand_over" and order.delivery_kind == "pickup"
    proof = proof_of(store_id=store.pk) if asks else Proof.NONE
    handed = hand_over_of(order)
    lines = _with_away(order, goods)
    left = callable_pieces(order=order, lines=lines, by_store=True, goods=goods)
    is_open = order.state in VIEWS["open"]
    return {
        "order": order,
        "purchase": order.purchase,
        "goods": goods,
        "lines": lines,
        "step": step,
        "proof": "" if proof == Proof.NONE else proof,
        "code_over": handed is not None and handed.tries >= MOST_TRIES,
        "handed": handed if handed is not None and handed.how else None,
        "is_late": bool(is_open and order.deadline and order.deadline < now),
        "is_sent_in_part": order.state == State.PACKED and any(line.away for line in lines),  # type: ignore[attr-defined]
        "awaits_time": awaits_time(order),
        "may_cancel": "cancel_packed" in moves and not any(line.away for line in lines),  # type: ignore[attr-defined]
        # Who has but one piece cancels the order.
        "may_call_off": sum(left.values()) > 1,
        "may_return": order.state in LEFT and any(line.kept for line in lines),
        "shipments": list(order.shipments.all()),
        "moments": changes_shown(order),
        "credits": credits_shown(order),
        "offers": substitutions_of([order]).get(order.pk, ()) if is_open else (),
        "returns": [return_shown(each) for each in returns_of_orders([order]).get(order.pk, ())],
        "path": path_shown(store, order.purchase_id),
    }


def _next_step(order: Order, moves: list[str], goods: list[OrderLine]) -> str:
    """The first of the store's moves that is open. What came back is sent again before all can have arrived."""
    step = next((move for move in moves if move in STORE_MOVES), "")
    is_missing = any(line.to_go > 0 for line in goods)  # type: ignore[attr-defined]
    if step == "deliver" and is_missing and order.shipments.all():
        return "ship"
    return step


def _with_away(order: Order, goods: list[OrderLine]) -> list[OrderLine]:
    """All its lines, each with `away`, its pieces that are in parcels."""
    left = {line.pk: line.left for line in goods}  # type: ignore[attr-defined]
    lines = list(order.lines.all())
    for line in lines:
        line.away = left.get(line.pk, 0)  # type: ignore[attr-defined]
    return lines
