"""What the shopper says before confirming a composed order, and whether it still is what they were shown."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid, NotAllowed
from core.money import format_money
from orders.errors import DraftOver, ReviewChanged
from orders.models import Cart, OrderDraft
from orders.queries.cart_review import review_cart


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


def confirmed_digest(*, cart: Cart, shown: str, total: str, now: datetime) -> str:
    """The digest to buy by, if the goods are those of the review `shown` and all comes to the `total` that was read.

    What the shopper has just filled in changes the digest; goods, prices and the sum are what the press agreed to.
    Raises ReviewChanged for other goods or prices, Invalid for another total.
    """
    review = review_cart(cart=cart, now=now)
    if not review.has_goods_of(shown):
        raise ReviewChanged(review.changes_since(shown))
    if total != str(review.total):
        now_is = format_money(review.total, review.currency)
        raise Invalid(_("The total is now %(total)s. Look at it and confirm it once more.") % {"total": now_is})
    return review.digest
