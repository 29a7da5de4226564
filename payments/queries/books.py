"""A union's books as a program reads them: all of them, or one member's own parts. Who may is decided above."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from core.errors import NotFound
from payments.models import (
    Earning,
    LedgerEntry,
    LedgerTransaction,
    PaymentRequest,
    PaymentSplit,
    Payout,
)
from unions.models import Union


def request_of(union: Union, reference: str) -> PaymentRequest | None:
    """The payment that was asked for under the caller's own reference, if any."""
    return PaymentRequest.objects.filter(union=union, reference=reference).first()


def requests_for(union: Union, *, member: int | None = None, payer: User | None = None) -> QuerySet[PaymentRequest]:
    """Payment requests with their `parts`, newest first: all, one member's, or those one person pays. Two queries."""
    requests = PaymentRequest.objects.filter(union=union)
    parts = PaymentSplit.objects.filter(union=union).order_by("id")
    if member is not None:
        parts = parts.filter(membership=member)
        requests = requests.filter(splits__membership=member).distinct()
    if payer is not None:
        requests = requests.filter(account__user=payer)
    return requests.prefetch_related(Prefetch("splits", parts, to_attr="parts")).order_by("-id")


def request_for(union: Union, number: str, *, member: int | None = None, payer: User | None = None) -> PaymentRequest:
    """The one of these with this number. Raises NotFound."""
    found = requests_for(union, member=member, payer=payer).filter(number=number).first()
    if found is None:
        raise NotFound
    return found


def earnings_for(union: Union, *, member: int | None = None) -> QuerySet[Earning]:
    """What was earned by delivered orders or taken back by refunds, newest first. One query."""
    earnings = Earning.objects.filter(union=union).select_related("split", "payout", "membership__enterprise")
    if member is not None:
        earnings = earnings.filter(membership=member)
    return earnings.order_by("-id")


def payouts_for(union: Union, *, member: int | None = None) -> QuerySet[Payout]:
    """Payouts, newest first. One query."""
    payouts = Payout.objects.filter(union=union).select_related("membership__enterprise", "account")
    if member is not None:
        payouts = payouts.filter(membership=member)
    return payouts.order_by("-id")


def ledger_for(union: Union, *, member: int | None = None) -> QuerySet[LedgerTransaction]:
    """Ledger transactions, newest first, each with `shown_entries`: a member sees those on accounts of its own."""
    entries = LedgerEntry.objects.filter(union=union).select_related("account").order_by("id")
    found = LedgerTransaction.objects.filter(union=union)
    if member is not None:
        entries = entries.filter(account__membership=member)
        found = found.filter(entries__account__membership=member).distinct()
    return found.prefetch_related(Prefetch("entries", entries, to_attr="shown_entries")).order_by("-id")
