"""From delivered orders to money on the enterprise's account: earnings, then one payout per enterprise and period."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from core.references import new_reference
from payments.models import Earning, Payout, PayoutAccount
from payments.models.accounts import AccountState
from payments.periods import Period, last_closed_period
from payments.services.earnings import Earned, earn, earn_all
from payments.services.payouts import confirm_payout, payout_returned, retry_payout, send_payout
from unions.models import Membership, Union

__all__ = [
    "Earned",
    "SettlementRun",
    "confirm_payout",
    "earn",
    "earn_all",
    "make_payouts",
    "payout_returned",
    "retry_payout",
    "send_payout",
]

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class SettlementRun:
    """What one run did: payouts made, and members left for the next time with the reason.

    `carried` owe more than they earned, `without_account` have no verified payout account; their earnings stay as
    they were. `busy` are being settled by another worker.
    """

    period: Period
    made: list[Payout] = field(default_factory=list)
    carried: list[int] = field(default_factory=list)
    without_account: list[int] = field(default_factory=list)
    busy: list[int] = field(default_factory=list)


def make_payouts(*, union: Union, now: datetime) -> SettlementRun:
    """Claim what every member earned up to the end of the last closed period, one payout per member.

    Each member is a transaction of its own, so a kill between two leaves whole payouts only, and the next run goes on
    where this one stopped. Nothing is sent here: `send_payout` does that, and a sweeper sees to every pending one.
    """
    run = SettlementRun(last_closed_period(union=union, now=now))
    unpaid = Earning.objects.filter(union=union, payout=None, earned_at__lt=run.period.closed_at)
    for membership_id in unpaid.order_by("membership_id").values_list("membership_id", flat=True).distinct():
        _claim(run, union, membership_id, now=now)
    if run.without_account:
        logger.warning("%s: members without a verified payout account: %s", union.slug, run.without_account)
    return run


@transaction.atomic
def _claim(run: SettlementRun, union: Union, membership_id: int, *, now: datetime) -> None:
    """Stamp one member's unpaid earnings with a new payout, or leave everything as it was.

    The member's row is the lock: without it two workers could each get hold of a part of the earnings, and one part
    would have to wait for the next period.
    """
    member = Membership.objects.select_for_update(skip_locked=True, no_key=True).filter(union=union, pk=membership_id)
    if not member.exists():
        run.busy.append(membership_id)
        return
    if (
        Payout.objects.filter(union=union, membership_id=membership_id, period_end=run.period.end)
        .exclude(state=Payout.State.CANCELLED)
        .exists()
    ):
        return
    claimed = list(
        Earning.objects.select_for_update(skip_locked=True)
        .filter(
            union=union,
            membership_id=membership_id,
            payout=None,
            currency=union.currency,
            earned_at__lt=run.period.closed_at,
        )
        .only("pk", "net")
    )
    amount = sum(earning.net for earning in claimed)
    if amount <= 0:
        if claimed:
            run.carried.append(membership_id)
        return
    account = verified_account(union=union, membership_id=membership_id)
    if account is None:
        run.without_account.append(membership_id)
        return
    payout = Payout.objects.create(
        union=union,
        membership_id=membership_id,
        account=account,
        number=new_reference(f"{union.prefix}P"),
        period_start=run.period.start,
        period_end=run.period.end,
        amount=amount,
        currency=union.currency,
        created_at=now,
    )
    Earning.objects.filter(pk__in=[earning.pk for earning in claimed]).update(payout=payout)
    run.made.append(payout)


def verified_account(*, union: Union, membership_id: int) -> PayoutAccount | None:
    """The account to which a member's money goes."""
    return PayoutAccount.objects.filter(union=union, membership_id=membership_id, state=AccountState.VERIFIED).first()
