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
from payments.queries.credits import left_with_credit
from payments.services.credits import use_credit
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
    members = set(unpaid.order_by().values_list("membership_id", flat=True).distinct()) | set(left_with_credit(union))
    for membership_id in sorted(members):
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
    locked = Membership.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
    member = locked.select_related("union").filter(union=union, pk=membership_id).first()
    if member is None:
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
        .only("pk", "net", "commission", "commission_tax", "reference")
    )
    amount = sum(earning.net for earning in claimed)
    account = verified_account(union=union, membership_id=membership_id)
    has_left = member.state == Membership.State.LEFT
    # Credit is kept for whoever cannot be paid yet; only what they owe is set off against it.
    if account is None and (amount > 0 or (has_left and not claimed)):
        run.without_account.append(membership_id)
        return
    used = use_credit(member=member, claimed=claimed, period=run.period, now=now)
    if used is not None:
        claimed.append(used)
        amount += used.net
    if amount <= 0:
        if claimed:
            run.carried.append(membership_id)
        return
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
