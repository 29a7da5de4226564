"""Where a member's money stands: held, earned, paid out.

Whoever asks about a member (`membership`) has checked that the reader acts for it: stores know that, this app does not.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, QuerySet, Sum

from core.errors import NotFound
from payments.models import Earning, PaymentSplit, Payout
from unions.models import Membership


def payouts_of(membership: Membership) -> QuerySet[Payout]:
    """A member's payouts, the newest first."""
    return Payout.objects.filter(union_id=membership.union_id, membership=membership).select_related("account")


def payout_of(membership: Membership, number: str) -> Payout:
    """One of the member's payouts. Raises NotFound."""
    payout = payouts_of(membership).filter(number=number).select_related("membership__enterprise", "union").first()
    if payout is None:
        raise NotFound
    return payout


@dataclass(frozen=True, slots=True)
class MemberFigures:
    """In minor units of the union's currency: captured but not yet earned, and earned but not yet paid out."""

    held: int
    unpaid: int


def member_figures(membership: Membership) -> MemberFigures:
    """Where a member's money stands; two queries."""
    currency = membership.union.currency
    held = PaymentSplit.objects.filter(
        union_id=membership.union_id,
        membership=membership,
        state=PaymentSplit.State.CAPTURED,
        earnings=None,
        request__currency=currency,
    ).aggregate(total=Sum(F("captured") - F("refunded"), default=0))
    unpaid = unpaid_earnings(membership).filter(currency=currency).aggregate(total=Sum("net", default=0))
    return MemberFigures(held["total"], unpaid["total"])


def unpaid_earnings(membership: Membership) -> QuerySet[Earning]:
    """What the next payouts will carry."""
    return Earning.objects.filter(union_id=membership.union_id, membership=membership, payout=None).select_related(
        "split", "refund"
    )
