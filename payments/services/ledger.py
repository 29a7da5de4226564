"""The one door into the books. Debits are positive, credits negative; every posting sums to zero per currency.

One statement writes transactions, entries and balances of any number of postings; the database refuses at commit what
does not balance, and any change to what was once posted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from core.statements import prepared_cursor
from payments.models import LedgerAccount
from unions.models import Union

Kind = LedgerAccount.Kind
FEW = 12
"""Entries for which the statement is not planned anew: planning it takes several times as long as running it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`amount` in minor units: a debit is positive, a credit negative. `membership_id` where it is somebody's."""

    kind: str
    amount: int
    currency: str
    membership_id: int | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """One moment in the life of money; (union, kind, reference) makes it happen once."""

    kind: str
    reference: str
    entries: Sequence[Entry]
    memo: str = ""


class Unbalanced(ValueError):
    """A program tried to post what does not sum to zero per currency."""


_POST = """
WITH wanted AS (
    SELECT * FROM unnest(%(kinds)s::text[], %(references)s::text[], %(memos)s::text[]) AS t(kind, reference, memo)
), entered AS (
    SELECT * FROM unnest(
        %(of)s::text[], %(of_reference)s::text[], %(accounts)s::text[], %(members)s::bigint[], %(currencies)s::text[],
        %(amounts)s::bigint[]
    ) WITH ORDINALITY AS t(of, of_reference, kind, membership_id, currency, amount, place)
), posted AS (
    INSERT INTO payments_ledgertransaction (union_id, kind, reference, memo, posted_at)
    SELECT %(union)s, kind, reference, memo, %(now)s FROM wanted ORDER BY kind, reference
    ON CONFLICT (union_id, kind, reference) DO NOTHING
    RETURNING id, kind, reference
), mine AS (
    SELECT posted.id AS transaction_id, entered.kind, membership_id, currency, amount, place
    FROM entered JOIN posted ON posted.kind = entered.of AND posted.reference = entered.of_reference
), touched AS (
    INSERT INTO payments_ledgeraccount AS kept (union_id, kind, membership_id, currency, balance)
    SELECT %(union)s, kind, membership_id, currency, sum(amount) FROM mine
    GROUP BY kind, membership_id, currency ORDER BY kind, membership_id, currency
    ON CONFLICT (union_id, kind, membership_id, currency) DO UPDATE SET balance = kept.balance + EXCLUDED.balance
    RETURNING id, kind, membership_id, currency
), written AS (
    INSERT INTO payments_ledgerentry (union_id, transaction_id, account_id, currency, amount)
    SELECT %(union)s, transaction_id, touched.id, currency, amount
    FROM mine JOIN touched USING (kind, currency)
    WHERE touched.membership_id IS NOT DISTINCT FROM mine.membership_id
    ORDER BY transaction_id, place
)
SELECT kind, reference FROM posted
"""


def post(
    *, union: Union | int, kind: str, reference: str, entries: Sequence[Entry], memo: str = "", now: datetime
) -> bool:
    """Post once per (union, kind, reference); False when it was posted before. Entries of nothing are left out.

    Raises Unbalanced when the entries do not sum to zero per currency.
    """
    return bool(post_all(union=union, postings=[Posting(kind, reference, entries, memo)], now=now))


def post_all(*, union: Union | int, postings: Sequence[Posting], now: datetime) -> set[tuple[str, str]]:
    """Post several with one statement; returns the (kind, reference) of those that were new.

    Accounts come into being when first used. Their rows are locked in one order within the statement, so post once
    per database transaction: two postings in one transaction could meet another pair the other way round.
    """
    for posting in postings:
        _prove(posting)
    parts = [(posting, entry) for posting in postings for entry in posting.entries if entry.amount]
    if not parts:
        return set()
    worth = {id(posting) for posting, _ in parts}
    postings = [posting for posting in postings if id(posting) in worth]
    # Prepared for a few; one plan for any number would take a batch of thousands for ten.
    with prepared_cursor() if len(parts) <= FEW else connection.cursor() as cursor:
        cursor.execute(
            _POST,
            {
                "union": union if isinstance(union, int) else union.pk,
                "now": now,
                "kinds": [posting.kind for posting in postings],
                "references": [posting.reference for posting in postings],
                "memos": [posting.memo for posting in postings],
                "of": [posting.kind for posting, _ in parts],
                "of_reference": [posting.reference for posting, _ in parts],
                "accounts": [str(entry.kind) for _, entry in parts],
                "members": [entry.membership_id for _, entry in parts],
                "currencies": [entry.currency for _, entry in parts],
                "amounts": [entry.amount for _, entry in parts],
            },
        )
        return set(cursor.fetchall())


def _prove(posting: Posting) -> None:
    sums: dict[str, int] = defaultdict(int)
    for entry in posting.entries:
        sums[entry.currency] += entry.amount
    if any(sums.values()):
        raise Unbalanced(f"{posting.kind} {posting.reference}: {dict(sums)}")
