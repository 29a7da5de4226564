"""A voucher goes to a provider of the customer's choice, who takes it on or not. One at a time holds it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from ascc.errors import VoucherLapsed, VoucherOver
from ascc.models import ServiceProvider, ServiceVisit, Transmission, Voucher, VoucherStep
from ascc.services.moving import SYSTEM, By, State, What, move_voucher
from chat.models import Conversation
from core.errors import DomainError, WrongState, constraint_of

ANSWERED_WITHIN = timedelta(hours=48)
"""A transmission that nobody answers lapses, and the customer can choose somebody else."""


class ProviderNotHere(DomainError):
    """The provider is not approved, or works for another union."""

    code = "provider_not_here"
    detail = _("This provider does not take vouchers of this union at the moment.")


@transaction.atomic
def send_voucher(
    *,
    voucher: Voucher,
    provider: ServiceProvider,
    by: By,
    now: datetime,
    wish: str = "",
    conversation: Conversation | None = None,
) -> Transmission:
    """Offer an active voucher to a provider. Raises ProviderNotHere, VoucherLapsed, VoucherOver, WrongState."""
    if provider.union_id != voucher.union_id or provider.state != ServiceProvider.State.APPROVED:
        raise ProviderNotHere
    if voucher.expires_at <= now:
        raise VoucherLapsed(expired_at=voucher.expires_at)
    if voucher.visits_left <= 0:
        raise VoucherOver(state=voucher.state)
    move_voucher(
        voucher=voucher,
        to=State.TRANSMITTED,
        what=What.SENT,
        by=by,
        now=now,
        note=provider.ref,
        only_from=[State.ACTIVE],
        provider_id=provider.pk,
    )
    try:
        with transaction.atomic():
            return Transmission.objects.create(
                union_id=voucher.union_id,
                voucher=voucher,
                provider=provider,
                conversation=conversation,
                wish=wish.strip()[:500],
                sent_at=now,
            )
    except IntegrityError as error:
        if constraint_of(error) == "transmission_one_open":
            raise WrongState(state=State.TRANSMITTED) from error
        raise


@transaction.atomic
def accept_transmission(*, transmission: Transmission, by: By, now: datetime, at_till: bool = False) -> Transmission:
    """The provider takes it on. Raises WrongState when it was taken back or answered meanwhile, ProviderNotHere.

    `at_till`: by its QR code, of which the owner hears otherwise.
    """
    if transmission.provider.state != ServiceProvider.State.APPROVED:
        raise ProviderNotHere
    _answer(transmission, Transmission.State.ACCEPTED, now=now)
    move_voucher(
        voucher=transmission.voucher,
        to=State.ACCEPTED,
        what=What.ACCEPTED,
        by=by,
        now=now,
        note=VoucherStep.AT_TILL if at_till else "",
        only_from=[State.TRANSMITTED],
        only_if={"provider_id": transmission.provider_id},
    )
    _count_answer(transmission, now=now)
    return transmission


@transaction.atomic
def decline_transmission(*, transmission: Transmission, by: By, now: datetime, reason: str = "") -> Transmission:
    """The provider does not; the customer can choose another. Raises WrongState."""
    reason = reason.strip()[:300]
    _answer(transmission, Transmission.State.DECLINED, now=now, reason=reason)
    _free(transmission, what=What.DECLINED, by=by, now=now, note=reason)
    _count_answer(transmission, now=now)
    return transmission


@transaction.atomic
def take_back(*, transmission: Transmission, by: By, now: datetime) -> Transmission:
    """The customer takes it back before the provider has answered. Raises WrongState."""
    _answer(transmission, Transmission.State.TAKEN_BACK, now=now)
    _free(transmission, what=What.TAKEN_BACK, by=by, now=now)
    return transmission


def can_have_back(*, state: str, visit: ServiceVisit | None) -> bool:
    """Whether the customer of a voucher in this state, with this visit in hand, can take it back."""
    has_no_work = state in (State.TRANSMITTED, State.ACCEPTED)
    return has_no_work or (state == State.IN_SERVICE and visit is not None and visit.has_lost_its_time)


@transaction.atomic
def have_back(*, voucher: Voucher, by: By, now: datetime) -> None:
    """The customer wants it back: before the provider has answered, or has it but no time is agreed and no work begun.

    An appointment that has fallen through is no agreed time. Raises WrongState.
    """
    sent = Transmission.objects.filter(
        union=voucher.union_id, voucher=voucher, state=Transmission.State.OFFERED
    ).first()
    if sent is not None:
        take_back(transmission=sent, by=by, now=now)
        return
    # Of a provider who sets out and a customer who takes it back, the first does.
    is_off = ServiceVisit.objects.filter(
        union=voucher.union_id,
        voucher=voucher,
        state=ServiceVisit.State.AGREED,
        reservation__state__in=ServiceVisit.TIME_OFF,
    ).update(state=ServiceVisit.State.BROKEN_OFF, ended_at=now)
    move_voucher(
        voucher=voucher,
        to=State.ACTIVE,
        what=What.TAKEN_BACK,
        by=by,
        now=now,
        only_from=[State.IN_SERVICE] if is_off else [State.ACCEPTED],
        provider_id=None,
    )


@transaction.atomic
def give_back(*, voucher: Voucher, by: By, now: datetime, reason: str) -> Voucher:
    """A provider who has taken it on cannot come after all; no work has begun. Raises WrongState."""
    move_voucher(
        voucher=voucher,
        to=State.ACTIVE,
        what=What.RETURNED,
        by=by,
        now=now,
        note=reason.strip(),
        only_from=[State.ACCEPTED],
        provider_id=None,
    )
    voucher.refresh_from_db()
    return voucher


def lapse_unanswered(*, now: datetime, limit: int = 500) -> int:
    """Give back to their owners what no provider has answered in time; returns how many. Any number of workers."""
    waiting = Transmission.objects.filter(
        state=Transmission.State.OFFERED, sent_at__lte=now - ANSWERED_WITHIN
    ).order_by("sent_at")
    return sum(_lapse(transmission, now=now) for transmission in waiting.select_related("voucher")[:limit])


@transaction.atomic
def _lapse(transmission: Transmission, *, now: datetime) -> bool:
    try:
        _answer(transmission, Transmission.State.LAPSED, now=now)
    except WrongState:
        return False
    _free(transmission, what=What.RETURNED, by=SYSTEM, now=now)
    return True


def _answer(transmission: Transmission, state: str, *, now: datetime, **changes: Any) -> None:
    """Of all that would answer, the first does."""
    answered = Transmission.objects.filter(
        union=transmission.union_id, pk=transmission.pk, state=Transmission.State.OFFERED
    ).update(state=state, answered_at=now, **changes)
    transmission.refresh_from_db(fields=["state", "answered_at", "reason"])
    if not answered:
        raise WrongState(state=transmission.state)


def _free(transmission: Transmission, *, what: str, by: By, now: datetime, note: str = "") -> None:
    move_voucher(
        voucher=transmission.voucher,
        to=State.ACTIVE,
        what=what,
        by=by,
        now=now,
        note=note,
        only_from=[State.TRANSMITTED],
        only_if={"provider_id": transmission.provider_id},
        provider_id=None,
    )


def _count_answer(transmission: Transmission, *, now: datetime) -> None:
    took = max(0, int((now - transmission.sent_at).total_seconds()))
    ServiceProvider.objects.filter(union=transmission.union_id, pk=transmission.provider_id).update(
        answers=F("answers") + 1, answer_seconds=F("answer_seconds") + took
    )
