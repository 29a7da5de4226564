"""The states of a price proposal: which moves there are, and the one statement that makes one and writes it down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from core.outbox import publish_all
from core.statements import row_of, rows_of
from orders.events import PROPOSAL_CHANGED
from orders.models import PriceProposal, Side
from orders.services.cart import hold_owner
from stores.services.stock import release_holds
from unions.models import Union

State = PriceProposal.State
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Move:
    """From which states, to which one. `answers`: only by the side that did not speak last."""

    sources: tuple[str, ...]
    target: str
    answers: bool = False


MOVES: dict[str, Move] = {
    "counter": Move((State.OFFERED, State.COUNTERED), State.COUNTERED, answers=True),
    "accept": Move((State.OFFERED, State.COUNTERED), State.ACCEPTED, answers=True),
    "decline": Move((State.OFFERED, State.COUNTERED), State.DECLINED),
    "let_go": Move((State.OFFERED, State.COUNTERED, State.ACCEPTED), State.DECLINED),
}

_NOTE = """
    INSERT INTO orders_proposalstep
        (union_id, proposal_id, from_state, to_state, side, actor_id, price, expires_at, note, at)
    SELECT union_id, id, from_state, {target}, {side}, {actor}, price, expires_at, {note}, %(now)s FROM moved
    RETURNING id, proposal_id
"""
_MOVE = f"""
WITH wanted AS (
    SELECT id FROM orders_priceproposal WHERE union_id = %(union)s AND id = %(proposal)s FOR UPDATE
), moved AS (
    UPDATE orders_priceproposal p SET
        state = %(target)s::text,
        price = COALESCE(%(price)s::bigint, p.price),
        proposed_by = CASE WHEN %(price)s::bigint IS NULL THEN p.proposed_by ELSE %(side)s::text END,
        expires_at = COALESCE(%(expires)s::timestamptz, p.expires_at),
        rounds = p.rounds + %(by_rule)s::int,
        changed_at = %(now)s
    FROM wanted w
    WHERE p.id = w.id AND p.state = ANY(%(sources)s::text[]) AND p.expires_at > %(now)s
      AND (NOT %(answers)s::boolean OR p.proposed_by <> %(side)s::text)
      AND (%(expected)s::bigint IS NULL OR p.price = %(expected)s::bigint)
    RETURNING p.id, p.union_id, p.price, p.expires_at, old.state AS from_state
), noted AS (
    {_NOTE.format(target="%(target)s", side="%(side)s", actor="%(actor)s::bigint", note="%(note)s")}
)
SELECT noted.id AS step_id, moved.from_state FROM moved, noted
"""
# What is due is taken in the order of its ids and left alone while somebody else has it in hand.
_EXPIRE = f"""
WITH wanted AS (
    SELECT id FROM orders_priceproposal
    WHERE state = ANY('{{{{offered,countered,accepted}}}}') AND expires_at <= %(now)s {{which}}
    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), moved AS (
    UPDATE orders_priceproposal p SET state = 'expired', changed_at = %(now)s
    FROM wanted w WHERE p.id = w.id
    RETURNING p.id, p.union_id, p.price, p.expires_at, old.state AS from_state
), noted AS (
    {_NOTE.format(target="'expired'", side="''", actor="NULL", note="''")}
)
SELECT proposal_id, id AS step_id FROM noted ORDER BY proposal_id
"""
_EXPIRE_ANY = _EXPIRE.format(which="")
_EXPIRE_ONE = _EXPIRE.format(which="AND union_id = %(union)s AND id = %(proposal)s")

# `prices` are those that were confirmed: what was named anew in between is not what was confirmed.
_ORDER = f"""
WITH asked AS (
    SELECT * FROM unnest(%(proposals)s::bigint[], %(prices)s::bigint[], %(quantities)s::int[])
        AS a(id, price, quantity)
), wanted AS (
    SELECT id FROM orders_priceproposal
    WHERE union_id = %(union)s AND id = ANY(%(proposals)s::bigint[]) ORDER BY id FOR UPDATE
), moved AS (
    UPDATE orders_priceproposal p SET state = 'ordered', purchase_id = %(purchase)s, changed_at = %(now)s
    FROM wanted w JOIN asked a USING (id)
    WHERE p.id = w.id AND p.price = a.price AND p.quantity = a.quantity AND p.expires_at > %(now)s
      AND (p.user_id IS NULL OR p.user_id = %(user)s)
      AND (p.state = 'accepted' OR (p.state IN ('offered', 'countered') AND p.proposed_by = 'store'))
    RETURNING p.id, p.union_id, p.price, p.expires_at, old.state AS from_state
), noted AS (
    {_NOTE.format(target="'ordered'", side="'customer'", actor="%(user)s::bigint", note="''")}
)
SELECT proposal_id, id AS step_id FROM noted ORDER BY proposal_id
"""
_REOPEN = """
WITH wanted AS (
    SELECT id FROM orders_priceproposal
    WHERE union_id = %(union)s AND purchase_id = %(purchase)s AND state = 'ordered' ORDER BY id FOR UPDATE
), moved AS (
    UPDATE orders_priceproposal p SET
        state = CASE WHEN p.expires_at > %(now)s THEN 'accepted' ELSE 'expired' END,
        purchase_id = NULL, changed_at = %(now)s
    FROM wanted w WHERE p.id = w.id
    RETURNING p.id, p.union_id, p.price, p.expires_at, old.state AS from_state, p.state
), noted AS (
    INSERT INTO orders_proposalstep
        (union_id, proposal_id, from_state, to_state, side, actor_id, price, expires_at, note, at)
    SELECT union_id, id, from_state, state, '', NULL, price, expires_at, '', %(now)s FROM moved
    RETURNING id, proposal_id, to_state
)
SELECT proposal_id, id AS step_id, to_state FROM noted ORDER BY proposal_id
"""


def move_proposal(
    *,
    proposal: PriceProposal,
    move: str,
    side: str,
    actor: User | None,
    now: datetime,
    note: str = "",
    price: int | None = None,
    expected: int | None = None,
    expires_at: datetime | None = None,
    by_rule: bool = False,
) -> bool:
    """Make the move if it is open, write its step and publish it; False when it is not open (any more).

    `price` is what this side names now, `expected` what it answers to. Of two who try, one moves it.
    """
    step = MOVES[move]
    row = row_of(
        _MOVE,
        {
            "union": proposal.union_id,
            "proposal": proposal.pk,
            "target": str(step.target),
            "sources": [str(state) for state in step.sources],
            "answers": step.answers,
            "side": str(side),
            "actor": actor.pk if actor else None,
            "price": price,
            "expected": expected,
            "expires": expires_at,
            "by_rule": int(by_rule),
            "note": note.strip()[:500],
            "now": now,
        },
    )
    if row is None:
        return False
    tell(steps=[(proposal.pk, step.target, row.step_id)])
    return True


def order_proposals(
    *,
    union: Union,
    wants: Sequence[tuple[int, int, int]],
    purchase_id: int,
    user_id: int | None,
    now: datetime,
) -> bool:
    """These proposals (id, price, quantity) become this purchase: all of them, else False; then roll back."""
    if not wants:
        return True
    rows = rows_of(
        _ORDER,
        {
            "union": union.pk,
            "proposals": [proposal_id for proposal_id, _price, _quantity in wants],
            "prices": [price for _proposal_id, price, _quantity in wants],
            "quantities": [quantity for _proposal_id, _price, quantity in wants],
            "purchase": purchase_id,
            "user": user_id,
            "now": now,
        },
    )
    tell(steps=[(row.proposal_id, State.ORDERED, row.step_id) for row in rows])
    return len(rows) == len(wants)


def reopen_proposals(*, union: Union, purchase_id: int, now: datetime) -> list[int]:
    """Nobody paid the purchase: what was agreed holds again until it expires. Returns the ids of those that do."""
    rows = rows_of(_REOPEN, {"union": union.pk, "purchase": purchase_id, "now": now})
    tell(steps=[(row.proposal_id, row.to_state, row.step_id) for row in rows])
    return [row.proposal_id for row in rows if row.to_state == State.ACCEPTED]


@transaction.atomic
def expire_price_proposals(*, now: datetime, proposal: PriceProposal | None = None) -> list[int]:
    """What nobody answered or bought in time is over and lets go of its pieces. Returns the ids.

    With `proposal` that one alone: whoever runs into it does this first.
    """
    values: dict[str, Any] = {"now": now, "limit": AT_ONCE}
    if proposal is None:
        rows = rows_of(_EXPIRE_ANY, values)
    else:
        rows = rows_of(_EXPIRE_ONE, {**values, "union": proposal.union_id, "proposal": proposal.pk})
    expired = [row.proposal_id for row in rows]
    owners = [hold_owner(line_id=0, proposal_id=proposal_id) for proposal_id in expired]
    release_holds(owners=owners, now=now, reason="lapsed")
    tell(steps=[(row.proposal_id, State.EXPIRED, row.step_id) for row in rows])
    return expired


def tell(*, steps: Sequence[tuple[int, str, int]]) -> None:
    """Publish steps (proposal, state reached, step) that have been written."""
    publish_all(
        [
            (
                PROPOSAL_CHANGED,
                f"proposal:{proposal_id}",
                {"proposal_id": proposal_id, "to_state": str(to_state), "step_id": step_id},
            )
            for proposal_id, to_state, step_id in steps
        ]
    )


def open_proposal_moves(*, proposal: PriceProposal, side: str, now: datetime) -> list[str]:
    """What this side can do now, the usual step first: order, accept, counter, decline, let_go."""
    if proposal.expires_at <= now:
        return []
    if proposal.state == State.ACCEPTED:
        return ["order", "let_go"] if side == Side.CUSTOMER else []
    if proposal.state not in PriceProposal.OPEN:
        return []
    return ["accept", "counter", "decline"] if proposal.proposed_by != side else ["let_go"]
