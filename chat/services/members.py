"""Joining a plan, changing how it is paid, leaving it."""

from __future__ import annotations

import calendar
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat import events
from chat.models import BuyerPlan, Dues, PreferredBuyer
from core.errors import DomainError, Invalid, NotAllowed, NotFound, WrongState, constraint_of
from core.outbox import publish
from core.references import new_reference
from payments.models import PaymentAccount
from payments.models.accounts import AccountState
from stores.models import Store
from unions.models import Membership, Union

State = PreferredBuyer.State
LARGEST = 10**11


class AlreadyMember(DomainError):
    """The person is in this plan already."""

    code = "already_member"
    detail = _("You are a member of this already.")


@transaction.atomic
def save_plan(
    *, union: Union, store: Store | None, plan: BuyerPlan | None, now: datetime, **values: object
) -> BuyerPlan:
    """Offer a plan or change one; who is in it already keeps the dues and terms they joined with. Raises Invalid."""
    plan = plan or BuyerPlan(
        union=union, store=store, ref=new_reference(union.prefix), currency=union.currency, created_at=now
    )
    for name, value in values.items():
        setattr(plan, name, value)
    if not 0 < plan.amount <= LARGEST:
        raise Invalid(_("Enter an amount above zero."), field="amount")
    if not plan.terms.strip():
        raise Invalid(_("Say what members agree to."), field="terms")
    plan.save()
    return plan


@transaction.atomic
def join_plan(
    *, plan: BuyerPlan, customer: User, account: PaymentAccount, language: str, now: datetime
) -> PreferredBuyer:
    """The person agrees to the terms and to be charged every period. The first dues are to be collected right after.

    Raises WrongState for a plan that takes nobody, NotAllowed while its store is not active, NotFound for somebody
    else's account, Invalid for one that is not verified, AlreadyMember.
    """
    if not plan.is_open:
        raise WrongState(state="closed")
    if plan.store is not None and plan.store.membership.state != Membership.State.ACTIVE:
        raise NotAllowed(_("The enterprise is not active in this union at the moment."))
    _require_account(account, customer)
    try:
        with transaction.atomic():
            buyer = PreferredBuyer.objects.create(
                union=plan.union,
                plan=plan,
                customer=customer,
                account=account,
                ref=new_reference(plan.union.prefix),
                amount=plan.amount,
                currency=plan.currency,
                period=plan.period,
                terms=plan.terms,
                language=language,
                joined_at=now,
            )
    except IntegrityError as error:
        if constraint_of(error) == "preferred_buyer_once":
            raise AlreadyMember from None
        raise
    open_period(buyer=buyer, start=now, now=now)
    return buyer


@transaction.atomic
def change_account(*, buyer: PreferredBuyer, account: PaymentAccount, now: datetime) -> None:
    """Charge another account from now on; outstanding dues are tried from it at once. Raises NotFound, Invalid."""
    _require_account(account, buyer.customer)
    locked = _locked(buyer)
    if locked.state == State.ENDED:
        raise WrongState(state=locked.state)
    PreferredBuyer.objects.filter(union=buyer.union_id, pk=buyer.pk).update(account=account)
    Dues.objects.filter(union=buyer.union_id, buyer=buyer, state=Dues.State.OPEN).update(try_at=now)


@transaction.atomic
def cancel_membership(*, buyer: PreferredBuyer, now: datetime) -> PreferredBuyer:
    """No more charges; a member until the end of what is paid. Twice is once.

    With nothing paid (any more) it ends at once, and a charge that is on its way is not followed by another.
    """
    locked = _locked(buyer)
    if locked.state == State.ENDED or locked.cancelled_at is not None:
        return locked
    PreferredBuyer.objects.filter(union=buyer.union_id, pk=buyer.pk).update(cancelled_at=now)
    if locked.paid_until is None or locked.paid_until <= now:
        Dues.objects.filter(union=buyer.union_id, buyer=buyer, state=Dues.State.OPEN).update(state=Dues.State.DROPPED)
        PreferredBuyer.objects.filter(union=buyer.union_id, pk=buyer.pk).update(state=State.ENDED, ended_at=now)
    locked.refresh_from_db()
    publish(
        events.MEMBERSHIP_MOVED,
        aggregate=f"preferred-buyer:{buyer.pk}",
        buyer_id=buyer.pk,
        state="ended" if locked.state == State.ENDED else "cancelled",
    )
    return locked


@transaction.atomic
def resume_membership(*, buyer: PreferredBuyer, now: datetime) -> PreferredBuyer:
    """Take a cancellation back before the paid time is over. Raises WrongState."""
    locked = _locked(buyer)
    if locked.cancelled_at is None or locked.state == State.ENDED:
        raise WrongState(state=locked.state)
    PreferredBuyer.objects.filter(union=buyer.union_id, pk=buyer.pk).update(cancelled_at=None)
    locked.refresh_from_db()
    return locked


def open_period(*, buyer: PreferredBuyer, start: datetime, now: datetime) -> Dues | None:
    """The dues of the period that begins then; None when they stand already, also when two ask at once."""
    end = end_of_period(joined_at=buyer.joined_at, period=buyer.period, number=buyer.periods + 1, zone=_zone(buyer))
    number = new_reference(buyer.union.prefix)
    Dues.objects.bulk_create(
        [
            Dues(
                union=buyer.union,
                buyer=buyer,
                number=number,
                period_start=start,
                period_end=end,
                amount=buyer.amount,
                currency=buyer.currency,
                try_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    return Dues.objects.filter(union=buyer.union, number=number).first()


def end_of_period(*, joined_at: datetime, period: str, number: int, zone: ZoneInfo) -> datetime:
    """When the nth period since joining is over: the same day of the month, or the last where there is none.

    Reckoned from the first day, so that somebody of the 31st does not slide to the 28th for ever.
    """
    began = joined_at.astimezone(zone)
    months = number * (12 if period == BuyerPlan.Period.YEAR else 1) + began.month - 1
    year, month = began.year + months // 12, months % 12 + 1
    day = min(began.day, calendar.monthrange(year, month)[1])
    return began.replace(year=year, month=month, day=day)


def _zone(buyer: PreferredBuyer) -> ZoneInfo:
    return ZoneInfo(buyer.union.time_zone)


def _require_account(account: PaymentAccount, customer: User) -> None:
    if account.user_id != customer.pk:
        raise NotFound
    if account.state != AccountState.VERIFIED:
        raise Invalid(_("This payment account has not been verified yet, or was removed."), field="account")


def _locked(buyer: PreferredBuyer) -> PreferredBuyer:
    return PreferredBuyer.objects.select_for_update(of=("self",)).get(union=buyer.union_id, pk=buyer.pk)
