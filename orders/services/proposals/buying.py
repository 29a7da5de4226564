"""An agreed price in a cart: it lies there at that price and quantity, and is bought once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.models import User
from core.errors import NotAllowed
from orders.errors import CartFull, ProposalOver
from orders.models import Cart, CartLine, PriceProposal, Purchase
from orders.services.cart import MOST_LINES, open_cart
from orders.services.proposals.agreeing import hold_pieces
from orders.services.proposals.moving import reopen_proposals
from stores.services.stock import OutOfStock

State = PriceProposal.State


@transaction.atomic
def put_proposal_in_cart(*, proposal: PriceProposal, user: User | None, token: str, now: datetime) -> Cart:
    """The agreed pieces lie in the shopper's cart at the agreed price; a second time changes nothing.

    Whoever calls has made sure that the proposal is this shopper's. The cart carries `pieces`. Raises ProposalOver,
    CartFull, NotAllowed for another person's.
    """
    if proposal.user_id is not None and (user is None or user.pk != proposal.user_id):
        raise NotAllowed
    cart = open_cart(union=proposal.union, user=user, token=token, now=now)
    current = PriceProposal.objects.select_for_update(no_key=True).get(union_id=proposal.union_id, pk=proposal.pk)
    if current.state != State.ACCEPTED:
        raise ProposalOver(state=current.state)
    if current.expires_at <= now:
        raise ProposalOver(state=str(State.EXPIRED))
    lines = CartLine.objects.filter(union_id=proposal.union_id, cart=cart)
    if not lines.filter(proposal=current).exists() and lines.count() >= MOST_LINES:
        raise CartFull
    _put(cart, current, now=now)
    Cart.objects.filter(union=cart.union_id, pk=cart.pk).update(touched_at=now)
    cart.pieces = sum(lines.values_list("quantity", flat=True))  # type: ignore[attr-defined]
    return cart


def put_agreed(*, cart: Cart, proposal_ids: Collection[int], now: datetime) -> None:
    """Put these agreed prices into the locked cart."""
    for proposal in PriceProposal.objects.filter(
        union_id=cart.union_id, pk__in=proposal_ids, state=State.ACCEPTED
    ).order_by("pk"):
        _put(cart, proposal, now=now)


def reopen_agreed(*, purchase: Purchase, now: datetime) -> list[int]:
    """Nobody paid: what was agreed holds again, its pieces with it. Returns the ids; in the caller's transaction.

    The pieces have just been laid back in the same transaction, so nobody came between.
    """
    held = []
    reopened = reopen_proposals(union=purchase.union, purchase_id=purchase.pk, now=now)
    for proposal in PriceProposal.objects.filter(union=purchase.union, pk__in=reopened).order_by("variant_id", "pk"):
        proposal.union = purchase.union
        try:
            with transaction.atomic():
                hold_pieces(proposal=proposal, now=now, lasting=proposal.expires_at - now)
        except OutOfStock:
            # Sold meanwhile to somebody who had not to wait: the price stands, the review says what is missing.
            pass
        held.append(proposal.pk)
    return held


def _put(cart: Cart, proposal: PriceProposal, *, now: datetime) -> None:
    CartLine.objects.get_or_create(
        union_id=cart.union_id,
        cart=cart,
        proposal=proposal,
        defaults={
            "store_id": proposal.store_id,
            "variant_id": proposal.variant_id,
            "quantity": proposal.quantity,
            "seen_price": proposal.price,
            "added_at": now,
        },
    )
