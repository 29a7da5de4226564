"""What a union owes a member as credit, and how it came and went.

Whoever asks about a member (`membership`) has checked that the reader acts for it: stores know that, this app does not.
"""

from __future__ import annotations

from django.db.models import QuerySet

from payments.models import LedgerAccount, LedgerEntry
from unions.models import Membership, Union

Kind = LedgerAccount.Kind


def credit_of(membership: Membership) -> int:
    """In minor units of the union's currency; one query."""
    found = LedgerAccount.objects.filter(
        union=membership.union_id,
        kind=Kind.ENTERPRISE_CREDIT,
        membership=membership,
        currency=membership.union.currency,
    )
    return -(found.values_list("balance", flat=True).first() or 0)


def credit_movements(membership: Membership) -> QuerySet[LedgerEntry]:
    """Each entry with its transaction, newest first; a negative amount is credit that came."""
    entries = LedgerEntry.objects.filter(
        union=membership.union_id, account__kind=Kind.ENTERPRISE_CREDIT, account__membership=membership
    )
    return entries.select_related("transaction").order_by("-id")


def left_with_credit(union: Union) -> list[int]:
    """Members that have left while credit of theirs was not used up; ids. One query."""
    found = LedgerAccount.objects.filter(
        union=union, kind=Kind.ENTERPRISE_CREDIT, balance__lt=0, membership__state=Membership.State.LEFT
    )
    return list(found.values_list("membership_id", flat=True))
