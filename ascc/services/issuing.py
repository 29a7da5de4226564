"""Vouchers come into being: exactly one per order line, piece and program, whoever tries and however often."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from ascc.events import VOUCHERS_ISSUED
from ascc.models import ProgramVersion
from ascc.services.issuing_sql import ISSUE
from core.outbox import publish_all
from core.statements import rows_of, tuples_of
from payments.models import LedgerAccount
from payments.services.ledger import Entry, Posting
from payments.services.transfers import transfer_all

Kind = LedgerAccount.Kind
AT_ONCE = 2_000
"""Orders in one transaction of a catch-up."""

_PROMISED = """
SELECT sold.id FROM orders_order AS sold
WHERE sold.id > %(after)s AND sold.state NOT IN ('placed', 'cancelled') AND EXISTS (
    SELECT FROM ascc_programversion AS version JOIN ascc_serviceprogram AS program ON program.id = version.program_id
    WHERE version.union_id = sold.union_id AND (program.store_id IS NULL OR program.store_id = sold.store_id)
        AND version.valid_from <= sold.placed_at
        AND (version.valid_until IS NULL OR version.valid_until > sold.placed_at)
        AND (version.event = 'paid' OR sold.state IN ('delivered', 'completed'))
) AND sold.placed_at >= %(since)s
ORDER BY sold.id LIMIT %(limit)s
"""


@transaction.atomic
def issue_vouchers(*, order_ids: Sequence[int], now: datetime) -> int:
    """Issue what these orders have a right to and do not have yet, and set the money aside; returns how many.

    Orders may be of several unions. Two workers at once, a retry or one that was killed issue nothing twice: the
    database knows each piece. Post nothing else in the same transaction.
    """
    rows = rows_of(ISSUE, {"orders": list(order_ids), "now": now})
    by_union: dict[int, list[Posting]] = defaultdict(list)
    for row in rows:
        by_union[row.union_id].append(_set_aside(row))
    for union_id in sorted(by_union):
        transfer_all(union=union_id, postings=by_union[union_id], now=now)
    first: dict[int, int] = {}
    for row in rows:
        first[row.order_id] = min(row.first_id, first.get(row.order_id, row.first_id))
    publish_all(
        [
            (VOUCHERS_ISSUED, f"order:{order_id}", {"order_id": order_id, "first_id": first_id})
            for order_id, first_id in first.items()
        ]
    )
    return sum(row.vouchers for row in rows)


def issue_missing(*, since: datetime, now: datetime, at_once: int = AT_ONCE) -> int:
    """Go through all orders placed since then and issue what is missing, a batch in a transaction; returns how many.

    Memory does not grow with their number. One that was stopped is simply begun again.
    """
    issued, after = 0, 0
    while batch := tuples_of(_PROMISED, {"after": after, "since": since, "limit": at_once}):
        orders = [order_id for (order_id,) in batch]
        issued += issue_vouchers(order_ids=orders, now=now)
        after = orders[-1]
    return issued


def _set_aside(row: Any) -> Posting:
    """From who pays to the fund of who promised, and the premium to the insurer."""
    by_store = row.funding == ProgramVersion.Funding.STORE
    payer = (Kind.ENTERPRISE_PAYABLE, row.membership_id) if by_store else (Kind.PROGRAM_INCOME, None)
    return Posting(
        "program",
        str(row.first_id),
        [
            Entry(payer[0], row.fund + row.premium, row.currency, payer[1]),
            Entry(Kind.PROGRAM_FUND, -row.fund, row.currency, row.issuer_id),
            Entry(Kind.INSURER_PAYABLE, -row.premium, row.currency),
        ],
        memo=row.number,
    )
