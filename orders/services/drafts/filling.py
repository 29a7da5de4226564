"""What the shopper says before confirming a composed order."""

from __future__ import annotations

from accounts.models import User
from core.errors import NotAllowed
from orders.errors import DraftOver
from orders.models import Cart, OrderDraft


def adopt_draft(*, draft: OrderDraft, user: User) -> Cart:
    """A shopper who has signed in meanwhile confirms it as themselves. Raises NotAllowed for somebody else's."""
    cart = draft.cart
    if cart.user_id == user.pk:
        return cart
    if cart.user_id is not None:
        raise NotAllowed
    taken = Cart.objects.filter(union_id=draft.union_id, pk=cart.pk, user=None, state=Cart.State.DRAFT).update(
        user=user
    )
    if not taken:
        raise DraftOver(state=draft.state)
    cart.user = user
    return cart
