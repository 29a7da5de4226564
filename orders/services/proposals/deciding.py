"""Answering a price: another one, yes, no. Done twice, it is done once: the second time it comes back as it is.

Every function takes the `side` that acts (`customer` or `store`) and the `actor` (None for a guest or a program).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid
from orders.errors import AmountTooLarge, NotYourTurn, ProposalMoved, ProposalOver
from orders.models import PriceProposal, Side
from orders.queries.proposals import rule_for
from orders.services.cart import hold_owner
from orders.services.proposals.agreeing import accept_and_hold, check_rights
from orders.services.proposals.moving import MOVES, expire_price_proposals, move_proposal
from orders.services.proposals.offering import LARGEST, answer_by_rule, waiting_time
from stores.services.stock import release_holds

State = PriceProposal.State


def counter_price(
    *,
    proposal: PriceProposal,
    price: int,
    side: str,
    actor: User | None,
    now: datetime,
    expected: int | None = None,
    note: str = "",
    lasting: timedelta | None = None,
) -> PriceProposal:
    """Name another price for one piece; the other side has to answer, and a store's rule does so at once.

    `expected` is the price it answers to. Raises NotYourTurn, ProposalMoved, ProposalOver, BeyondRights, Invalid.
    """
    with transaction.atomic():
        current = _read(proposal)
        if current.state == State.COUNTERED and current.proposed_by == side and current.price == price:
            return current
        rule = rule_for(variant=current.variant) if current.variant else None
        if price < 1:
            raise Invalid(_("Name a price."), field="price")
        if price * current.quantity > LARGEST:
            raise AmountTooLarge
        if side == Side.STORE:
            check_rights(store=current.store, rule=rule, price=price, actor=actor)
        elif current.list_price is not None and price > current.list_price:
            raise Invalid(_("It costs less than that."), field="price")
        moved = move_proposal(
            proposal=current,
            move="counter",
            side=side,
            actor=actor,
            now=now,
            price=price,
            expected=expected,
            note=note,
            expires_at=now + waiting_time(rule=rule, lasting=lasting),
        )
        if moved and side == Side.CUSTOMER:
            answer_by_rule(proposal=_read(proposal), rule=rule, now=now)
    return _read(proposal) if moved else _refused(proposal, "counter", expected=expected, now=now)


def accept_price(
    *,
    proposal: PriceProposal,
    side: str,
    actor: User | None,
    now: datetime,
    expected: int | None = None,
    note: str = "",
) -> PriceProposal:
    """Say yes to the price that the other side named (`expected`, where given); its pieces are held from now on.

    Raises NotYourTurn, ProposalMoved, ProposalOver, BeyondRights, OutOfStock; then nothing has changed.
    """
    with transaction.atomic():
        current = _read(proposal)
        rule = rule_for(variant=current.variant) if current.variant else None
        if side == Side.STORE and current.state in PriceProposal.OPEN:
            check_rights(store=current.store, rule=rule, price=current.price, actor=actor)
            # What was weighed is what is accepted, whatever is named meanwhile.
            expected = current.price if expected is None else expected
        moved = accept_and_hold(
            proposal=current, rule=rule, side=side, actor=actor, now=now, expected=expected, note=note
        )
    return _read(proposal) if moved else _refused(proposal, "accept", expected=expected, now=now)


def decline_price(
    *, proposal: PriceProposal, side: str, actor: User | None, now: datetime, note: str = ""
) -> PriceProposal:
    """Say no, also to one's own offer; a shopper may let go of an agreed price too, and its pieces are free again.

    Raises ProposalOver.
    """
    move = "let_go" if side == Side.CUSTOMER else "decline"
    with transaction.atomic():
        current = _read(proposal)
        moved = move_proposal(proposal=current, move=move, side=side, actor=actor, now=now, note=note)
        if moved:
            owner = hold_owner(line_id=0, proposal_id=current.pk)
            release_holds(owners=[owner], now=now, reason="proposal declined")
    return _read(proposal) if moved else _refused(proposal, move, expected=None, now=now)


def _refused(was: PriceProposal, move: str, *, expected: int | None, now: datetime) -> PriceProposal:
    """The proposal itself when it has been done already; else the reason why the move is not open."""
    expire_price_proposals(now=now, proposal=was)
    current = _read(was)
    if current.state == MOVES[move].target and move != "counter":
        if expected is not None and current.price != expected:
            raise ProposalMoved(price=current.price)
        return current
    if current.state not in MOVES[move].sources:
        raise ProposalOver(state=current.state)
    if expected is not None and current.price != expected:
        raise ProposalMoved(price=current.price)
    raise NotYourTurn


def _read(proposal: PriceProposal) -> PriceProposal:
    """As it stands now, with what its rules need."""
    return PriceProposal.objects.select_related("union", "store__membership", "variant__product", "user").get(
        union_id=proposal.union_id, pk=proposal.pk
    )
