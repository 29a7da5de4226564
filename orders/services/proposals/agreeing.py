"""Saying yes to a price: the pieces are held for it from then on."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import User
from orders.errors import BeyondRights
from orders.models import PriceProposal, ProposalRule, Side
from orders.services.cart import hold_owner
from orders.services.proposals.moving import move_proposal
from stores.models import Store, StoreStaff
from stores.queries.access import permissions_of
from stores.services.stock import HoldWant, set_holds

HELD = timedelta(hours=24)


def accept_and_hold(
    *,
    proposal: PriceProposal,
    rule: ProposalRule | None,
    side: str,
    actor: User | None,
    now: datetime,
    expected: int | None = None,
    note: str = "",
    by_rule: bool = False,
) -> bool:
    """Accept what stands and hold its pieces until it expires, in the caller's transaction. Raises OutOfStock."""
    held = timedelta(minutes=rule.hold_minutes) if rule else HELD
    accepted = move_proposal(
        proposal=proposal,
        move="accept",
        side=side,
        actor=actor,
        now=now,
        expected=expected,
        note=note,
        expires_at=now + held,
        by_rule=by_rule,
    )
    if accepted:
        hold_pieces(proposal=proposal, now=now, lasting=held)
    return accepted


def hold_pieces(*, proposal: PriceProposal, now: datetime, lasting: timedelta) -> None:
    """Set the pieces aside for the proposal; words and services need none. Raises OutOfStock."""
    set_holds(union=proposal.union, wants=pieces_of(proposal=proposal), now=now, lasting=lasting)


def pieces_of(*, proposal: PriceProposal) -> list[HoldWant]:
    """What is to be set aside for the proposal. Who holds other things with it asks for all of them at once."""
    if proposal.variant_id is None:
        return []
    owner = hold_owner(line_id=0, proposal_id=proposal.pk)
    return [HoldWant(owner, proposal.variant_id, proposal.quantity)]


def accept_by_rule(*, proposal: PriceProposal, rule: ProposalRule, now: datetime) -> None:
    """The store's yes without a person. Raises OutOfStock."""
    accept_and_hold(proposal=proposal, rule=rule, side=Side.STORE, actor=None, now=now, by_rule=True)


def check_rights(*, store: Store, rule: ProposalRule | None, price: int, actor: User | None) -> None:
    """Below a rule's floor only who may edit goods agrees; programs act with the store's own key. Raises BeyondRights.

    One query, none above the floor.
    """
    if rule is None or rule.floor is None or price >= rule.floor or actor is None:
        return
    if StoreStaff.Permission.CATALOGUE not in permissions_of(actor, store):
        raise BeyondRights
