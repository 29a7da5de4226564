"""Captured money of delivered orders becomes their enterprises' earnings: any number of them in three statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from core.errors import NotFound, WrongState
from core.money import rate_of
from core.statements import rows_of, tuples_of
from payments.models import Earning, LedgerAccount, PaymentSplit
from payments.services.ledger import Entry, Posting, post_all
from unions.models import Union

Kind = LedgerAccount.Kind

_LOCK = """
SELECT split.id, split.reference, split.state, split.membership_id, split.captured - split.refunded AS gross,
    split.commission_bp, split.commission_tax_bp, request.currency
FROM payments_paymentsplit AS split JOIN payments_paymentrequest AS request ON request.id = split.request_id
WHERE split.union_id = %(union)s AND split.reference = ANY(%(references)s)
ORDER BY split.id FOR NO KEY UPDATE OF split
"""
_LOCK_WHAT_IS_FREE = f"{_LOCK} SKIP LOCKED"

# The index, and not a look beforehand, says which are new: a look would see the books as they were before the lock.
_EARN = """
INSERT INTO payments_earning (union_id, membership_id, split_id, kind, gross, commission, commission_tax, net, currency,
    earned_at)
SELECT %(union)s, membership_id, split_id, 'sale', gross, commission, commission_tax,
    gross - commission - commission_tax, currency, %(now)s
FROM unnest(
    %(members)s::bigint[], %(splits)s::bigint[], %(gross)s::bigint[], %(commission)s::bigint[],
    %(commission_tax)s::bigint[], %(currencies)s::text[]
) WITH ORDINALITY AS part(membership_id, split_id, gross, commission, commission_tax, currency, place)
ORDER BY place
ON CONFLICT (split_id) WHERE kind = 'sale' DO NOTHING
RETURNING split_id
"""


@dataclass(slots=True)
class Earned:
    """References whose money is earned, now or before, or of which nothing is left to earn; and those that cannot be
    earned, with the state of their split. What is in neither was locked by somebody else or does not exist."""

    settled: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def earn(*, union: Union, reference: str, now: datetime) -> Earning | None:
    """A captured split becomes the enterprise's earning less commission and the tax on it; twice is once.

    What was refunded before is not earned; None when that was everything. Rates are those frozen on the split,
    rounded half-even once; payable, commission and tax always add up to the gross. Raises NotFound, and WrongState
    when the split was not captured.
    """
    earned = _earn(union, [reference], statement=_LOCK, now=now)
    if reference in earned.refused:
        raise WrongState(state=earned.refused[reference])
    if reference not in earned.settled:
        raise NotFound
    return Earning.objects.filter(union=union, split__reference=reference, kind=Earning.Kind.SALE).first()


@transaction.atomic
def earn_all(*, union: Union, references: Sequence[str], now: datetime) -> Earned:
    """`earn` for many splits of a union at once. One that is busy or cannot be earned is left as it is, the others are
    not held up. Post nothing else in the same transaction (see `post_all`)."""
    return _earn(union, references, statement=_LOCK_WHAT_IS_FREE, now=now)


def _earn(union: Union, references: Sequence[str], *, statement: str, now: datetime) -> Earned:
    earned = Earned()
    parts = []
    for split in rows_of(statement, {"union": union.pk, "references": list(references)}):
        if split.state != PaymentSplit.State.CAPTURED:
            earned.refused[split.reference] = split.state
            continue
        if split.membership_id is None:
            # The union's own: income since it was captured.
            earned.settled.add(split.reference)
            continue
        earned.settled.add(split.reference)
        if split.gross:
            commission = rate_of(split.gross, split.commission_bp)
            parts.append((split, commission, rate_of(commission, split.commission_tax_bp)))
    if parts:
        new = _written(union, parts, now=now)
        post_all(union=union, postings=[_posting(*part) for part in parts if part[0].id in new], now=now)
    return earned


def _written(union: Union, parts: list[tuple[Any, int, int]], *, now: datetime) -> set[int]:
    """The splits of these parts that had not been earned before."""
    splits, commissions, taxes = zip(*parts, strict=True)
    values = {
        "union": union.pk,
        "now": now,
        "members": [split.membership_id for split in splits],
        "splits": [split.id for split in splits],
        "gross": [split.gross for split in splits],
        "commission": list(commissions),
        "commission_tax": list(taxes),
        "currencies": [split.currency for split in splits],
    }
    return {split_id for (split_id,) in tuples_of(_EARN, values)}


def _posting(split: Any, commission: int, commission_tax: int) -> Posting:
    net = split.gross - commission - commission_tax
    return Posting(
        "earned",
        split.reference,
        [
            Entry(Kind.ORDERS_HELD, split.gross, split.currency),
            Entry(Kind.ENTERPRISE_PAYABLE, -net, split.currency, split.membership_id),
            Entry(Kind.COMMISSION, -commission, split.currency),
            Entry(Kind.COMMISSION_TAX, -commission_tax, split.currency),
        ],
    )
