"""When the provider comes: a time in the store's own calendar, or none where it takes no reservations."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from ascc.models import ServiceProvider, ServiceVisit, Voucher, VoucherStep
from ascc.services.contact import contact_of
from ascc.services.moving import By, State, What, moment, note_step
from ascc.services.redeeming import NotHeld
from ascc.services.working import agree_visit
from core.errors import Invalid, WrongState
from orders.models import Bookable, Reservation, Resource, Side
from orders.services.contact import Contact
from orders.services.reservations import accept_reservation, propose_reservation, reschedule_reservation

VisitState = ServiceVisit.State
SIDES: dict[str, str] = {Side.CUSTOMER: VoucherStep.Side.CUSTOMER, Side.STORE: VoucherStep.Side.PROVIDER}


@transaction.atomic
def appoint(
    *,
    voucher: Voucher,
    provider: ServiceProvider,
    by: By,
    actor: User | None,
    now: datetime,
    bookable: Bookable | None = None,
    starts_at: datetime | None = None,
    resource: Resource | None = None,
    note: str = "",
    place: str = "",
) -> ServiceVisit:
    """A time that provider and customer have agreed on: taken in the store's calendar, the customer is written to.
    The entry says where it is, for the calendar knows only its store.

    Without a `bookable` the visit is agreed without a time. A visit whose appointment has fallen through gets the new
    one. Raises SlotTaken, SlotNotOffered, NotBookable, Invalid, NotHeld, WrongState.
    """
    if voucher.provider_id != provider.pk:
        raise NotHeld(state=voucher.state)
    without_time = _without_time(voucher)
    if voucher.state != State.ACCEPTED and without_time is None:
        raise WrongState(state=voucher.state)
    reservation = None
    if bookable is not None:
        if starts_at is None:
            raise Invalid(_("Choose a day and a time."), field="start")
        contact = contact_of(voucher=voucher)
        reservation = propose_reservation(
            bookable=bookable,
            starts_at=starts_at,
            side=Side.STORE,
            contact=contact,
            actor=actor,
            now=now,
            resource=resource,
            note="\n".join(part for part in (_where(place, contact), note.strip()) if part),
            price=0,
            agreed=True,
        )
    if without_time is not None:
        return _give_time(without_time, reservation, by=by, now=now, place=place)
    return agree_visit(voucher=voucher, provider=provider, by=by, now=now, reservation=reservation, place=place)


@transaction.atomic
def use_reservation(
    *,
    voucher: Voucher,
    provider: ServiceProvider,
    reservation: Reservation,
    by: By,
    now: datetime,
    place: str = "",
) -> ServiceVisit:
    """A time that the customer has reserved at this store already. Raises NotHeld, WrongState."""
    free = Reservation.objects.select_for_update(of=("self",)).filter(
        union=voucher.union_id,
        pk=reservation.pk,
        store=provider.store_id,
        state=Reservation.State.CONFIRMED,
        service_visit=None,
    )
    found = free.first()
    if found is None:
        raise WrongState
    if (without_time := _without_time(voucher)) is not None and voucher.provider_id == provider.pk:
        return _give_time(without_time, found, by=by, now=now, place=place)
    return agree_visit(voucher=voucher, provider=provider, by=by, now=now, reservation=found, place=place)


@transaction.atomic
def appoint_anew(
    *, visit: ServiceVisit, starts_at: datetime, by: By, actor: User | None, now: datetime, note: str = ""
) -> ServiceVisit:
    """Both have agreed on another time before the provider has set out. Raises SlotTaken, WrongState."""
    if visit.state != VisitState.AGREED or visit.reservation is None:
        raise WrongState(state=visit.state)
    moved = reschedule_reservation(
        reservation=visit.reservation,
        starts_at=starts_at,
        side=Side.STORE,
        actor=actor,
        now=now,
        note=note,
        agreed=True,
    )
    visit.reservation = moved
    note_step(voucher=visit.voucher, what=What.APPOINTED, by=by, now=now, note=moment(at=moved.starts_at))
    return visit


@transaction.atomic
def take_time(*, visit: ServiceVisit, by: By, actor: User | None, now: datetime) -> ServiceVisit:
    """Yes to the time that the customer asked to move it to. Raises NotYourTurn, WrongState."""
    if not visit.has_open_time or visit.reservation is None:
        raise WrongState(state=visit.state)
    taken = accept_reservation(reservation=visit.reservation, side=Side.STORE, actor=actor, now=now)
    visit.reservation = taken
    note_step(voucher=visit.voucher, what=What.APPOINTED, by=by, now=now, note=moment(at=taken.starts_at))
    return visit


@transaction.atomic
def note_time_lost(*, reservation_id: int, side: str, user_id: int | None, now: datetime) -> bool:
    """An appointment was called off or lapsed: the timeline of its agreed visit says so, once. Whether it did."""
    visit = (
        ServiceVisit.objects.select_for_update(of=("self",))
        .filter(reservation=reservation_id)
        .select_related("reservation", "voucher")
        .first()
    )
    if visit is None or visit.reservation is None or not visit.has_lost_its_time:
        return False
    by = By(SIDES.get(side, VoucherStep.Side.SYSTEM), user_id)
    note_step(voucher=visit.voucher, what=What.TIME_LOST, by=by, now=now, note=moment(at=visit.reservation.starts_at))
    return True


def _without_time(voucher: Voucher) -> ServiceVisit | None:
    """Its visit that lost the time, kept from being changed by anybody else until this is over."""
    return (
        ServiceVisit.objects.select_for_update(of=("self",))
        .filter(
            union=voucher.union_id,
            voucher=voucher,
            state=VisitState.AGREED,
            reservation__state__in=ServiceVisit.TIME_OFF,
        )
        .first()
    )


def _give_time(
    visit: ServiceVisit, reservation: Reservation | None, *, by: By, now: datetime, place: str
) -> ServiceVisit:
    visit.reservation, visit.place = reservation, place or visit.place
    visit.save(update_fields=["reservation", "place"])
    note = moment(at=reservation.starts_at) if reservation is not None else ""
    note_step(voucher=visit.voucher, what=What.APPOINTED, by=by, now=now, note=note)
    return visit


def _where(place: str, contact: Contact) -> str:
    """In the customer's language, who reads it in the mail and on the page of the appointment."""
    words = {
        ServiceVisit.Place.CUSTOMER: _("At your place: the provider comes to you, not you to the shop."),
        ServiceVisit.Place.PROVIDER: _("At the shop: you come to the provider."),
    }
    with translation.override(contact.language):
        return str(words[ServiceVisit.Place(place)]) if place else ""
