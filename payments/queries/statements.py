"""Statements of a payout and of a period, which agree with the ledger to the last unit.

Whoever asks about a member (`membership`) has checked that the reader acts for it: stores know that, this app does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Sum

from payments.models import Earning, LedgerAccount, LedgerEntry, Payout
from payments.periods import start_of_day
from unions.models import Membership


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One order's part: `reference` is the order's number, a refund's line is negative.

    `posted_as` is what a transfer between members and funds was posted as, empty for orders.
    """

    at: datetime
    kind: str
    posted_as: str
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
            earning.posted_as,
            earning.about,
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
