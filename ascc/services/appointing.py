"""When the provider comes: a time in the store's own calendar, or none where it takes no reservations."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from ascc.models import ServiceProvider, ServiceVisit, Voucher
from ascc.services.moving import By, State, What, note_step
from ascc.services.redeeming import NotHeld
from ascc.services.working import agree_visit
from core.errors import Invalid, WrongState
from orders.models import Bookable, Reservation, Resource, Side
from orders.services.contact import Contact
from orders.services.reservations import propose_reservation, reschedule_reservation

VisitState = ServiceVisit.State


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
) -> ServiceVisit:
    """A time that provider and customer have agreed on: taken in the store's calendar, the customer is written to.

    Without a `bookable` the visit is agreed without a time. Raises SlotTaken, SlotNotOffered, NotBookable, Invalid,
    NotHeld, WrongState.
    """
    if voucher.provider_id != provider.pk:
        raise NotHeld(state=voucher.state)
    if voucher.state != State.ACCEPTED:
        raise WrongState(state=voucher.state)
    reservation = None
    if bookable is not None:
        if starts_at is None:
            raise Invalid(_("Choose a day and a time."), field="start")
        reservation = propose_reservation(
            bookable=bookable,
            starts_at=starts_at,
            side=Side.STORE,
            contact=contact_of(voucher=voucher),
            actor=actor,
            now=now,
            resource=resource,
            note=note,
            price=0,
            agreed=True,
        )
    return agree_visit(voucher=voucher, provider=provider, by=by, now=now, reservation=reservation)


@transaction.atomic
def use_reservation(
    *, voucher: Voucher, provider: ServiceProvider, reservation: Reservation, by: By, now: datetime
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
    return agree_visit(voucher=voucher, provider=provider, by=by, now=now, reservation=found)


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
    note_step(voucher=visit.voucher, what=What.APPOINTED, by=by, now=now, note=f"{moved.starts_at:%Y-%m-%dT%H:%MZ}")
    return visit


def contact_of(*, voucher: Voucher) -> Contact:
    """Whom the provider comes to: the owner, at the telephone number of the purchase if it was theirs."""
    purchase, owner, bought_it = voucher.order_line.order.purchase, voucher.owner, is_with_buyer(voucher=voucher)
    return Contact(
        user=owner,
        name=(owner.name if owner else "") or (purchase.recipient if bought_it else ""),
        email=owner.email if owner else voucher.email,
        phone=(owner.phone if owner else "") or (purchase.phone if bought_it else ""),
        language=(owner.language if owner else "") or voucher.language,
    )


def is_with_buyer(*, voucher: Voucher) -> bool:
    """Whether it still belongs to whoever bought it: only then are telephone and address of the purchase the owner's.

    What was bought as a guest is the owner's who has its e-mail address.
    """
    purchase, owner = voucher.order_line.order.purchase, voucher.owner
    if owner is None or purchase.user_id == owner.pk:
        return True
    return purchase.user_id is None and purchase.email.lower() == owner.email.lower()
