"""Credit that the union owes a member: it is not paid out, the next settlements use it against what the member owes.

What a member owes is the commission (with its tax) on the sales of the period, or, where more was taken back than
earned, what is missing; a member that has left pays no commission any more and gets what is left of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from payments.models import Earning, LedgerAccount
from payments.periods import Period
from payments.queries.credits import credit_of
from payments.services.ledger import Entry, Posting
from payments.services.transfers import transfer_all
from unions.models import Membership

Kind = LedgerAccount.Kind
USED = "credit used"
"""The kind of the posting; with it begins the reference of the earning that it becomes."""


def use_credit(*, member: Membership, claimed: Sequence[Earning], period: Period, now: datetime) -> Earning | None:
    """Credit for what these earnings owe becomes an earning of its own; None when there is none, or it was used before.

    Once per member and period. To be called with the member's row locked, so that no other settlement looks at the
    same balance; post nothing else in the same transaction.
    """
    used = min(credit_of(member), _owed(member, claimed))
    if used <= 0:
        return None
    currency, reference = member.union.currency, f"{member.pk}:{period.end}"
    posting = Posting(
        USED,
        reference,
        [
            Entry(Kind.ENTERPRISE_CREDIT, used, currency, member.pk),
            Entry(Kind.ENTERPRISE_PAYABLE, -used, currency, member.pk),
        ],
        memo=f"{period.start} – {period.end}",
    )
    if not transfer_all(union=member.union_id, postings=[posting], now=now):
        return None
    return Earning.objects.get(
        union=member.union_id, kind=Earning.Kind.TRANSFER, reference=f"{USED}:{reference}", membership=member
    )


def _owed(member: Membership, claimed: Sequence[Earning]) -> int:
    """In minor units. Commission that was settled with credit before (and carried over since) is not owed twice."""
    if member.state == Membership.State.LEFT:
        return credit_of(member)
    charged = sum(earning.commission + earning.commission_tax for earning in claimed)
    settled = sum(earning.net for earning in claimed if earning.reference.startswith(f"{USED}:"))
    missing = -sum(earning.net for earning in claimed)
    return max(charged - settled, missing, 0)
