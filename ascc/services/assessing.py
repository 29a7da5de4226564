"""What the customer thought of the work decides what an incentive voucher is worth; the customer gives it, or not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from fractions import Fraction

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from ascc.models import Assessment, IncentiveVoucher, Redemption, RewardStep, ServiceProvider, Voucher
from ascc.services.ending import go_on, rest_of
from ascc.services.moving import SYSTEM, By, State, What, move_voucher, note_step
from ascc.services.suspicion import flags_of
from core.errors import DomainError, Invalid, WrongState
from core.money import round_half_even
from core.references import new_reference
from payments.models import LedgerAccount
from payments.services.ledger import Entry, Posting
from payments.services.transfers import transfer_all

Kind = LedgerAccount.Kind
GIVEN_WITHIN = timedelta(days=90)


class NoAccount(DomainError):
    """An incentive voucher needs somebody to belong to."""

    code = "voucher_without_account"
    detail = _("Add the voucher to your account first; then you can reward the work.")


@transaction.atomic
def assess_work(
    *, redemption: Redemption, by: By, now: datetime, aspects: Mapping[str, int], words: str = ""
) -> Assessment:
    """Assess one redeemed visit, aspect by aspect from 1 to 5; what it is worth follows the program's table.

    The voucher goes on or closes. Raises Invalid, NoAccount, WrongState.
    """
    if set(aspects) != set(Assessment.ASPECTS) or any(
        type(mark) is not int or not 1 <= mark <= 5 for mark in aspects.values()
    ):
        raise Invalid(_("Each aspect has a mark from 1 to 5."), field="aspects")
    voucher = redemption.voucher
    if voucher.owner_id is None:
        raise NoAccount
    if redemption.undone_at is not None:
        raise WrongState(state="undone")
    score = round_half_even(Fraction(100 * sum(aspects.values()), len(aspects)))
    move_voucher(voucher=voucher, to=State.ASSESSED, what=What.ASSESSED, by=by, now=now, only_from=[State.PERFORMED])
    try:
        with transaction.atomic():
            assessment = Assessment.objects.create(
                union_id=voucher.union_id,
                redemption=redemption,
                voucher=voucher,
                provider_id=redemption.provider_id,
                customer_id=voucher.owner_id,
                score=score,
                words=words.strip()[:2000],
                flags=flags_of(redemption=redemption, score=score),
                at=now,
                **aspects,
            )
    except IntegrityError as error:
        raise WrongState(state=State.ASSESSED) from error
    ServiceProvider.objects.filter(union=voucher.union_id, pk=redemption.provider_id).update(
        score_sum=F("score_sum") + score, score_count=F("score_count") + 1
    )
    worth = worth_of(voucher=voucher, score=score)
    postings = []
    if worth:
        incentive = _incentive(assessment, worth, now=now)
        Voucher.objects.filter(union=voucher.union_id, pk=voucher.pk).update(spent=F("spent") + worth)
        postings.append(_posting("incentive", incentive, Kind.PROGRAM_FUND, voucher, Kind.INCENTIVE_FUND))
    go_on(voucher=voucher, only_from=[State.ASSESSED], now=now)
    if voucher.state == State.CLOSED:
        rest = rest_of(voucher=voucher, to_payer=False)
        if rest:
            Voucher.objects.filter(union=voucher.union_id, pk=voucher.pk).update(spent=F("fund"))
        postings += rest
    transfer_all(union=voucher.union_id, postings=postings, now=now)
    return assessment


def worth_of(*, voucher: Voucher, score: int) -> int:
    """What the table of the voucher's version gives for this satisfaction, in minor units."""
    steps = RewardStep.objects.filter(union=voucher.union_id, version=voucher.version_id, at_least__lte=score)
    return steps.order_by("-at_least").values_list("value", flat=True).first() or 0


@transaction.atomic
def give_incentive(*, incentive: IncentiveVoucher, by: By, now: datetime) -> IncentiveVoucher:
    """The customer gives it to the provider whose work it rewards. Raises WrongState."""
    _move(incentive, IncentiveVoucher.State.ISSUED, IncentiveVoucher.State.GIVEN, now=now, given_at=now)
    note_step(voucher=incentive.voucher, what=What.REWARDED, by=by, now=now, note=incentive.code)
    return incentive


@transaction.atomic
def redeem_incentive(
    *, incentive: IncentiveVoucher, now: datetime, paid_as: str = IncentiveVoucher.Paid.MONEY
) -> IncentiveVoucher:
    """The provider turns it, once, into money of the next settlement, or into credit against what it owes the union.

    Raises Invalid, WrongState.
    """
    if paid_as not in IncentiveVoucher.Paid.values:
        raise Invalid(_("Choose money or a credit."), field="as")
    is_credit = paid_as == IncentiveVoucher.Paid.CREDIT
    _move(
        incentive,
        IncentiveVoucher.State.GIVEN,
        IncentiveVoucher.State.REDEEMED,
        now=now,
        redeemed_at=now,
        paid_as=paid_as,
    )
    ServiceProvider.objects.filter(union=incentive.union_id, pk=incentive.provider_id).update(
        earned=F("earned") + incentive.value
    )
    transfer_all(
        union=incentive.union_id,
        postings=[
            Posting(
                "incentive credited" if is_credit else "incentive redeemed",
                incentive.code,
                [
                    Entry(Kind.INCENTIVE_FUND, incentive.value, incentive.currency),
                    Entry(
                        Kind.ENTERPRISE_CREDIT if is_credit else Kind.ENTERPRISE_PAYABLE,
                        -incentive.value,
                        incentive.currency,
                        incentive.provider.store.membership_id,
                    ),
                ],
                memo=incentive.voucher.code,
            )
        ],
        now=now,
    )
    return incentive


def expire_incentives(*, now: datetime, limit: int = 500) -> int:
    """What was never given or never redeemed is income of who promised; returns how many."""
    due = IncentiveVoucher.objects.filter(
        state__in=[IncentiveVoucher.State.ISSUED, IncentiveVoucher.State.GIVEN], expires_at__lte=now
    )
    return sum(
        _expire(incentive, now=now)
        for incentive in due.select_related("voucher__program__store").order_by("expires_at")[:limit]
    )


@transaction.atomic
def _expire(incentive: IncentiveVoucher, *, now: datetime) -> bool:
    moved = IncentiveVoucher.objects.filter(
        union=incentive.union_id,
        pk=incentive.pk,
        state__in=[IncentiveVoucher.State.ISSUED, IncentiveVoucher.State.GIVEN],
    ).update(state=IncentiveVoucher.State.EXPIRED)
    if not moved:
        return False
    issuer = incentive.voucher.program.store
    to = (Kind.PROGRAM_INCOME, None) if issuer is None else (Kind.ENTERPRISE_PAYABLE, issuer.membership_id)
    transfer_all(
        union=incentive.union_id,
        postings=[
            Posting(
                "incentive lapsed",
                incentive.code,
                [
                    Entry(Kind.INCENTIVE_FUND, incentive.value, incentive.currency),
                    Entry(to[0], -incentive.value, incentive.currency, to[1]),
                ],
            )
        ],
        now=now,
    )
    note_step(voucher=incentive.voucher, what=What.EXPIRED, by=SYSTEM, now=now, note=incentive.code)
    return True


def _incentive(assessment: Assessment, worth: int, *, now: datetime) -> IncentiveVoucher:
    voucher = assessment.voucher
    if voucher.owner_id is None:
        raise NoAccount
    return IncentiveVoucher.objects.create(
        union_id=voucher.union_id,
        assessment=assessment,
        voucher=voucher,
        provider_id=assessment.provider_id,
        customer_id=voucher.owner_id,
        code=new_reference(voucher.code.partition("-")[0] + "I", length=10),
        value=worth,
        currency=voucher.currency,
        issued_at=now,
        expires_at=now + GIVEN_WITHIN,
    )


def _posting(kind: str, incentive: IncentiveVoucher, from_: str, voucher: Voucher, to: str) -> Posting:
    issuer = voucher.program.store.membership_id if voucher.program.store is not None else None
    return Posting(
        kind,
        incentive.code,
        [
            Entry(from_, incentive.value, incentive.currency, issuer),
            Entry(to, -incentive.value, incentive.currency),
        ],
    )


def _move(incentive: IncentiveVoucher, from_: str, to: str, *, now: datetime, **changes: object) -> None:
    moved = IncentiveVoucher.objects.filter(
        union=incentive.union_id, pk=incentive.pk, state=from_, expires_at__gt=now
    ).update(state=to, **changes)
    incentive.refresh_from_db()
    if not moved:
        raise WrongState(state=incentive.state)
