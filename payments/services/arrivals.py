"""The provider's own transfers: what it collected for a union, less refunds, reaches the union's bank account."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from core.money import rate_of
from payments.models import LedgerAccount
from payments.periods import start_of_day
from payments.providers import provider_named
from payments.services.authorization import merchant_of
from payments.services.calls import require_no_transaction
from payments.services.ledger import Entry, Posting, post_all
from unions.models import Union

Kind = LedgerAccount.Kind


def book_arrivals(*, union: Union, now: datetime, provider: str = "bank") -> int:
    """Post the provider's transfer of everything before today, per currency: bank to provider clearing, and its fee.

    One batch per day of the union, so any number of runs in a day post it once; says how many postings were new.
    Outside of transactions.
    A batch in which refunds outweigh captures takes money from the bank. The fee (`PROVIDER_FEE_BP` of what arrives)
    is held back by the provider.
    """
    require_no_transaction()
    today = now.astimezone(ZoneInfo(union.time_zone)).date()
    arrivals = provider_named(provider).arrivals(
        merchant=merchant_of(union_id=union.pk),
        batch=f"{provider}-{union.pk}-{today}",
        until=start_of_day(union, today),
    )
    postings = []
    for arrival in arrivals:
        fee = rate_of(max(arrival.amount, 0), settings.PROVIDER_FEE_BP)
        reference = f"{arrival.batch}-{arrival.currency}"
        postings.append(
            Posting(
                "money_arrived",
                reference,
                [
                    Entry(Kind.BANK, arrival.amount - fee, arrival.currency),
                    Entry(Kind.PROVIDER_CLEARING, fee - arrival.amount, arrival.currency),
                ],
            )
        )
        postings.append(
            Posting(
                "provider_fee",
                reference,
                [Entry(Kind.FEES, fee, arrival.currency), Entry(Kind.PROVIDER_CLEARING, -fee, arrival.currency)],
            )
        )
    return len(post_all(union=union, postings=postings, now=now))
