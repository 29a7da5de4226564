"""What becomes of a composed order that is not bought: withdrawn by the store, or lapsed. Its pieces are free again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from core.outbox import publish_all
from orders.errors import DraftOver
from orders.events import DRAFT_CHANGED
from orders.models import Cart, CartLine, OrderDraft, PriceProposal, Side
from orders.services.cart import hold_owner
from orders.services.proposals.moving import move_proposal
from stores.services.stock import release_holds

State = OrderDraft.State
AT_ONCE = 200


@transaction.atomic
def withdraw_draft(*, draft: OrderDraft, actor: User | None, now: datetime) -> OrderDraft:
    """The store takes it back; a second time changes nothing. Raises DraftOver when it is ordered or has lapsed."""
    current = OrderDraft.objects.get(union_id=draft.union_id, pk=draft.pk)
    _end([current], State.WITHDRAWN, actor=actor, now=now)
    current.refresh_from_db()
    if current.state != State.WITHDRAWN:
        raise DraftOver(state=current.state)
    return current


@transaction.atomic
def expire_drafts(*, now: datetime) -> int:
    """Those whose time is over. Says how many there were."""
    due = OrderDraft.objects.filter(state=State.OPEN, expires_at__lte=now)
    return _end(list(due.order_by("cart_id")[:AT_ONCE]), State.EXPIRED, actor=None, now=now)


def _end(drafts: Sequence[OrderDraft], state: str, *, actor: User | None, now: datetime) -> int:
    """The cart decides: whoever takes it out of `draft` was first, a purchase or this."""
    ended = []
    for draft in drafts:
        if Cart.objects.filter(pk=draft.cart_id, state=Cart.State.DRAFT).update(state=Cart.State.CLOSED):
            ended.append(draft)
    if not ended:
        return 0
    keys = [draft.pk for draft in ended]
    lines = list(
        CartLine.objects.filter(cart__in=[draft.cart_id for draft in ended]).select_related("proposal").order_by("id")
    )
    for line in lines:
        # Only offers made with the order end with it; a price that both have agreed on holds as long as it was said.
        if line.proposal is not None and line.proposal.state in PriceProposal.OPEN:
            move_proposal(proposal=line.proposal, move="decline", side=Side.STORE, actor=actor, now=now)
    release_holds(
        owners=[
            hold_owner(line_id=line.pk, proposal_id=line.proposal_id)
            for line in lines
            if line.proposal is None or line.proposal.state in PriceProposal.OPEN
        ],
        now=now,
        reason=f"composed order {state}",
    )
    OrderDraft.objects.filter(pk__in=keys).update(state=state, changed_at=now)
    publish_all([(DRAFT_CHANGED, f"draft:{pk}", {"draft_id": pk, "to_state": str(state)}) for pk in keys])
    return len(ended)
