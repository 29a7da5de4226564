"""Reads about payment accounts, settlement and statements.

Whoever asks about a member (`membership`) has checked that the reader acts for it: stores know that, this app does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, QuerySet, Sum

from accounts.models import User
from core.errors import NotFound
from core.numbers import row_id
from payments.models import Earning, LedgerAccount, LedgerEntry, PaymentAccount, PaymentSplit, Payout, PayoutAccount
from payments.models import ProviderCall as Call
from payments.models.accounts import AccountState
from payments.periods import start_of_day
from unions.models import Membership


def number_of(key: str, provider: str = "bank") -> str:
    """The number under which people know what a provider's call was about."""
    call = Call.objects.filter(provider=provider, idempotency_key=key).first()
    return call.reference if call else ""


def payment_accounts_of(user: User) -> QuerySet[PaymentAccount]:
    """A person's own accounts, the one used first on top; removed ones are not shown."""
    return PaymentAccount.objects.filter(user=user).exclude(state=AccountState.REVOKED)


def payment_account_of(user: User, pk: str) -> PaymentAccount:
    """One of the person's own accounts. Raises NotFound."""
    account = payment_accounts_of(user).filter(pk=row_id(pk)).first()
    if account is None:
        raise NotFound
    return account


def payout_accounts_of(membership: Membership) -> QuerySet[PayoutAccount]:
    """A member's payout accounts that are in use or wait for their code."""
    return (
        PayoutAccount.objects.filter(union_id=membership.union_id, membership=membership)
        .exclude(state=AccountState.REVOKED)
        .order_by("-state", "-id")
    )


def payout_account_of(membership: Membership, pk: str) -> PayoutAccount:
    """One of the member's payout accounts. Raises NotFound."""
    account = payout_accounts_of(membership).filter(pk=row_id(pk)).first()
    if account is None:
        raise NotFound
    return account


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
    unpaid_count: int


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
    unpaid = unpaid_earnings(membership).filter(currency=currency).values_list("net", flat=True)
    nets = list(unpaid)
    return MemberFigures(held["total"], sum(nets), len(nets))


def unpaid_earnings(membership: Membership) -> QuerySet[Earning]:
    """What the next payouts will carry."""
    return Earning.objects.filter(union_id=membership.union_id, membership=membership, payout=None).select_related(
        "split", "refund"
    )


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One order's part: `reference` is the order's number, a refund's line is negative."""

    at: datetime
    kind: str
    reference: str
    gross: int
    commission: int
    commission_tax: int
    net: int


@dataclass(frozen=True, slots=True)
class Statement:
    """What a payout consists of; `net` is its amount."""

    payout: Payout
    lines: Sequence[StatementLine]
    gross: int
    commission: int
    commission_tax: int
    net: int


def statement_of(payout: Payout) -> Statement:
    """The statement of one payout; one query."""
    lines = [
        StatementLine(
            earning.earned_at,
            earning.get_kind_display(),
            earning.split.reference,
            earning.gross,
            earning.commission,
            earning.commission_tax,
            earning.net,
        )
        for earning in Earning.objects.filter(union_id=payout.union_id, payout=payout).select_related("split")
    ]
    return Statement(
        payout,
        lines,
        sum(line.gross for line in lines),
        sum(line.commission for line in lines),
        sum(line.commission_tax for line in lines),
        sum(line.net for line in lines),
    )


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry of the member's account as the member sees it: positive is owed to the member."""

    at: datetime
    kind: str
    reference: str
    amount: int
    balance: int


@dataclass(frozen=True, slots=True)
class PeriodStatement:
    """The member's ledger account over days: opening + movements = closing, to the last unit."""

    membership: Membership
    start: date
    end: date
    currency: str
    opening: int
    movements: Sequence[Movement]
    closing: int


def period_statement(membership: Membership, *, start: date, end: date) -> PeriodStatement:
    """What the union owed the member before, what came and went, what it owes after; both days included.

    Read from the ledger itself, so it cannot say anything else. Two queries.
    """
    union = membership.union
    entries = LedgerEntry.objects.filter(
        union=union,
        account__kind=LedgerAccount.Kind.ENTERPRISE_PAYABLE,
        account__membership=membership,
        currency=union.currency,
    )
    begin, finish = start_of_day(union, start), start_of_day(union, end + timedelta(days=1))
    before = entries.filter(transaction__posted_at__lt=begin).aggregate(total=Sum("amount", default=0))
    balance = opening = -before["total"]
    movements = []
    within = entries.filter(transaction__posted_at__gte=begin, transaction__posted_at__lt=finish)
    for entry in within.select_related("transaction").order_by("transaction__posted_at", "id"):
        balance -= entry.amount
        posted = entry.transaction
        movements.append(
            Movement(posted.posted_at, posted.kind, posted.memo or posted.reference, -entry.amount, balance)
        )
    return PeriodStatement(membership, start, end, union.currency, opening, movements, balance)
