"""The work for a voucher: agreed, on the way, started, reported, confirmed by the customer; or broken off."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from ascc.models import Redemption, ServiceProvider, ServiceVisit, Voucher
from ascc.services.moving import SYSTEM, By, State, What, moment, move_voucher, note_step
from ascc.services.redeeming import NotHeld, redeem_voucher
from core.errors import DomainError, Invalid, WrongState
from core.references import new_reference
from orders.models import Reservation, Side
from orders.services.reservations import cancel_reservation, finish_reservation

logger = logging.getLogger(__name__)
VisitState = ServiceVisit.State
CONFIRMED_WITHIN = timedelta(days=7)
"""A report that the customer neither confirms nor disputes for so long counts as confirmed."""
ON_TIME = timedelta(minutes=30)
KEPT = (Reservation.State.CONFIRMED, Reservation.State.DONE)
WITHOUT_NETWORK = timedelta(hours=12)
MOST_PARTS = 50

MOVES: dict[str, frozenset[str]] = {
    VisitState.AGREED: frozenset({VisitState.ON_THE_WAY, VisitState.STARTED, VisitState.BROKEN_OFF}),
    VisitState.ON_THE_WAY: frozenset({VisitState.STARTED, VisitState.BROKEN_OFF}),
    VisitState.STARTED: frozenset({VisitState.REPORTED, VisitState.BROKEN_OFF}),
    VisitState.REPORTED: frozenset({VisitState.CONFIRMED, VisitState.DISPUTED}),
    # Only the center's decision leads out of a dispute: `disputing.decide_dispute` breaks off what does not count.
    VisitState.DISPUTED: frozenset({VisitState.CONFIRMED}),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part that was used; `price` in minor units, for all of them together."""

    name: str
    quantity: int
    price: int = 0


@transaction.atomic
def agree_visit(
    *,
    voucher: Voucher,
    provider: ServiceProvider,
    by: By,
    now: datetime,
    reservation: Reservation | None = None,
    place: str = "",
) -> ServiceVisit:
    """A time is agreed for a voucher that the provider has taken on; `reservation` is it in the store's calendar,
    `place` a ServiceVisit.Place or empty where nobody has said.

    Raises NotHeld, WrongState.
    """
    if voucher.provider_id != provider.pk:
        raise NotHeld(state=voucher.state)
    move_voucher(
        voucher=voucher,
        to=State.IN_SERVICE,
        what=What.APPOINTED,
        by=by,
        now=now,
        note=moment(at=reservation.starts_at) if reservation else "",
        only_from=[State.ACCEPTED],
        only_if={"provider_id": provider.pk},
    )
    version = voucher.version
    try:
        with transaction.atomic():
            return ServiceVisit.objects.create(
                union_id=voucher.union_id,
                voucher=voucher,
                provider=provider,
                ref=new_reference(voucher.code.partition("-")[0] + "S"),
                reservation=reservation,
                place=place,
                fee=version.fee,
                deductible=version.deductible,
                agreed_at=now,
            )
    except IntegrityError as error:
        raise WrongState(state=State.IN_SERVICE) from error


@transaction.atomic
def set_out(*, visit: ServiceVisit, by: By, now: datetime) -> ServiceVisit:
    """The provider is on the way. Raises WrongState."""
    _move(visit, VisitState.ON_THE_WAY, on_the_way_at=now)
    _tell(visit, What.ON_THE_WAY, by=by, now=now)
    return visit


@transaction.atomic
def start_work(*, visit: ServiceVisit, by: By, now: datetime, pressed_at: datetime | None = None) -> ServiceVisit:
    """Work begins; within half an hour of the agreed time it is on time. Raises WrongState.

    `pressed_at` is when it was pressed where there was no network, as the device says: it counts if it lies after the
    step before and at most half a day back, and the timeline tells of both times.
    """
    kept = visit.reservation
    # A time that was called off, or that one side only wishes for, nobody can be late for.
    agreed = kept.starts_at if kept is not None and kept.state in KEPT else None
    began = _believed(visit, pressed_at, now=now)
    _move(visit, VisitState.STARTED, started_at=began, is_on_time=None if agreed is None else began <= agreed + ON_TIME)
    visit.voucher.refresh_from_db(fields=["state"])
    note = visit.ref if began == now else f"{visit.ref} {moment(at=began)}"
    note_step(voucher=visit.voucher, what=What.STARTED, by=by, now=now, note=note)
    return visit


def _believed(visit: ServiceVisit, pressed_at: datetime | None, *, now: datetime) -> datetime:
    earliest = max(visit.on_the_way_at or visit.agreed_at, now - WITHOUT_NETWORK)
    return pressed_at if pressed_at is not None and earliest <= pressed_at <= now else now


@transaction.atomic
def report_work(*, visit: ServiceVisit, by: By, now: datetime, report: str, parts: Sequence[Part] = ()) -> ServiceVisit:
    """What was found and done, for the customer to confirm. Raises Invalid, WrongState."""
    report = report.strip()
    if not report:
        raise Invalid(_("Say in a few words what was done."), field="report")
    if len(report) > 4000:
        raise Invalid(_("A report has at most 4,000 characters."), field="report")
    if len(parts) > MOST_PARTS or any(part.quantity < 1 or part.price < 0 or not part.name.strip() for part in parts):
        raise Invalid(_("Each part needs a name and how many were used."), field="parts")
    _move(visit, VisitState.REPORTED, report=report, parts=[asdict(part) for part in parts], reported_at=now)
    if visit.reservation is not None and visit.reservation.state in Reservation.HOLDING:
        _note_done(visit.reservation, now=now)
    _tell(visit, What.REPORTED, by=by, now=now)
    return visit


@transaction.atomic
def confirm_work(
    *,
    visit: ServiceVisit,
    by: By,
    now: datetime,
    how: str = ServiceVisit.Confirmation.PRESS,
    signature: str = "",
    amount: int | None = None,
) -> Redemption:
    """The work is accepted: one visit of the voucher is used up and the provider paid.

    `amount` only where the center has decided otherwise than the program says. Raises WrongState, VoucherLapsed,
    VoucherOver, NotHeld; post nothing else in the same transaction.
    """
    # What is disputed only the center confirms: neither a press nor a signature goes past its decision.
    is_decision = how == ServiceVisit.Confirmation.DECISION
    asked_in = VisitState.DISPUTED if is_decision else VisitState.REPORTED
    _move(visit, VisitState.CONFIRMED, only_from=asked_in, confirmation=how, signature=signature, ended_at=now)
    redemption = redeem_voucher(
        voucher=visit.voucher, provider=visit.provider, by=by, now=now, visit=visit, amount=amount
    )
    ServiceProvider.objects.filter(union=visit.union_id, pk=visit.provider_id).update(
        done=F("done") + 1,
        timed=F("timed") + (0 if visit.is_on_time is None else 1),
        on_time=F("on_time") + (1 if visit.is_on_time else 0),
    )
    return redemption


@transaction.atomic
def break_off(*, visit: ServiceVisit, by: By, now: datetime, reason: str) -> ServiceVisit:
    """The visit did not come about or was broken off; nothing is used up, the customer can choose again, and the time
    that was kept for it is free. Raises Invalid, WrongState.
    """
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    _move(visit, VisitState.BROKEN_OFF, ended_at=now)
    move_voucher(
        voucher=visit.voucher,
        to=State.ACTIVE,
        what=What.RETURNED,
        by=by,
        now=now,
        note=reason.strip(),
        only_from=[State.IN_SERVICE],
        only_if={"provider_id": visit.provider_id},
        provider_id=None,
    )
    if visit.reservation is not None and visit.reservation.state in Reservation.HOLDING:
        _free_time(visit.reservation, now=now, note=reason)
    return visit


def confirm_silent(*, now: datetime, limit: int = 500) -> int:
    """Confirm what was reported long ago and never questioned; returns how many."""
    silent = ServiceVisit.objects.filter(state=VisitState.REPORTED, reported_at__lte=now - CONFIRMED_WITHIN)
    done = 0
    for visit in silent.select_related("voucher__version", "provider__store").order_by("reported_at")[:limit]:
        try:
            confirm_work(visit=visit, by=SYSTEM, now=now, how=ServiceVisit.Confirmation.SILENCE)
        except DomainError as refusal:
            # One that cannot be confirmed keeps nobody else waiting for their pay.
            logger.info("visit %s is not confirmed by silence: %s", visit.ref, refusal.code)
            continue
        done += 1
    return done


def _note_done(reservation: Reservation, *, now: datetime) -> None:
    """In the store's calendar the time is over; of what was done earlier it is free for others."""
    if reservation.state == Reservation.State.CONFIRMED and reservation.starts_at <= now:
        finish_reservation(reservation=reservation, actor=None, now=now, came=True)
        return
    with translation.override(reservation.language or None):
        note = str(_("The work is done already."))
    _free_time(reservation, now=now, note=note)


def _free_time(reservation: Reservation, *, now: datetime, note: str) -> None:
    try:
        cancel_reservation(reservation=reservation, side=Side.STORE, actor=None, now=now, note=note)
    except WrongState as refusal:
        # It lapsed or was called off meanwhile: free it is, and the work does not wait for it.
        logger.info("reservation %s is not cancelled: %s", reservation.number, refusal.code)


def _move(visit: ServiceVisit, to: str, *, only_from: str = "", **changes: Any) -> None:
    """By conditional update: of two at once one succeeds."""
    allowed = [state for state, following in MOVES.items() if to in following and only_from in ("", state)]
    moved = ServiceVisit.objects.filter(union=visit.union_id, pk=visit.pk, state__in=allowed).update(
        state=to, **changes
    )
    visit.refresh_from_db(fields=["state", *changes])
    if not moved:
        raise WrongState(state=visit.state)


def _tell(visit: ServiceVisit, what: str, *, by: By, now: datetime) -> None:
    visit.voucher.refresh_from_db(fields=["state"])
    note_step(voucher=visit.voucher, what=what, by=by, now=now, note=visit.ref)
