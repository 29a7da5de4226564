"""Money that moves inside a union's books between its members and its funds, without a customer's payment behind it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from core.statements import tuples_of
from payments.models import LedgerAccount
from payments.services.ledger import Posting, post_all
from unions.models import Union

Kind = LedgerAccount.Kind

_EARN = """
INSERT INTO payments_earning (union_id, membership_id, kind, reference, memo, gross, commission, commission_tax, net,
    currency, earned_at)
SELECT %(union)s, membership_id, 'transfer', reference, memo, amount, 0, 0, amount, currency, %(now)s
FROM unnest(
    %(members)s::bigint[], %(references)s::text[], %(memos)s::text[], %(amounts)s::bigint[], %(currencies)s::text[]
) WITH ORDINALITY AS part(membership_id, reference, memo, amount, currency, place)
ORDER BY place
ON CONFLICT (union_id, reference) WHERE kind = 'transfer' DO NOTHING
RETURNING reference
"""


@transaction.atomic(savepoint=False)
def transfer_all(*, union: Union | int, postings: Sequence[Posting], now: datetime) -> set[tuple[str, str]]:
    """Post several at once; what they credit to or take from a member's payable shows in its next settlement.

    Returns the (kind, reference) of those that were new; one that was posted before changes nothing. Post nothing else
    in the same transaction (see `post_all`). Raises Unbalanced.
    """
    new = post_all(union=union, postings=postings, now=now)
    parts = [
        (entry.membership_id, f"{posting.kind}:{posting.reference}", posting.memo, -entry.amount, entry.currency)
        for posting in postings
        if (posting.kind, posting.reference) in new
        for entry in posting.entries
        if entry.kind == Kind.ENTERPRISE_PAYABLE and entry.amount
    ]
    if parts:
        members, references, memos, amounts, currencies = zip(*parts, strict=True)
        earned = tuples_of(
            _EARN,
            {
                "union": union if isinstance(union, int) else union.pk,
                "now": now,
                "members": list(members),
                "references": list(references),
                "memos": list(memos),
                "amounts": list(amounts),
                "currencies": list(currencies),
            },
        )
        assert len(earned) == len(parts), "a posting touches each member's payable once"
    return new
