"""Proposing a time, and proposing another one: by the shopper from what is offered, by the store as it sees fit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid, constraint_of
from core.moments import require_plausible
from core.references import new_reference, new_secret
from orders.errors import NotBookable, SlotNotOffered, SlotTaken, TooManyOpen
from orders.models import Bookable, Reservation, ReservationChange, Resource, Side
from orders.queries.bookables import price_of, title_of
from orders.queries.reservations import missed_lately, waiting_for_answer
from orders.queries.slots import offered_slots, resources_for
from orders.services.contact import Contact
from orders.services.reservations.moving import expire_proposed_times, tell
from orders.services.reservations.placing import Placed, find_place, lock_resources, not_offered, taken
from stores.models import Variant

State = Reservation.State
MOST_OPEN = 5


@transaction.atomic
def propose_reservation(
    *,
    bookable: Bookable,
    starts_at: datetime,
    side: str,
    contact: Contact,
    actor: User | None,
    now: datetime,
    variant: Variant | None = None,
    resource: Resource | None = None,
    note: str = "",
    conversation: str = "",
    key: str = "",
    price: int | None = None,
    hold: timedelta | None = None,
    agreed: bool = False,
) -> Reservation:
    """Hold a time and ask the other side; confirmed at once where the store's rules say so.

    `bookable` comes with union, store, product (`bookable_by_key`). A shopper takes one of the free
    times; the store any future time that is not taken, and with `agreed` it is confirmed. `price` (minor units) may be
    set by the store, else it is the catalogue's. `hold` replaces the rule for how long a proposal waits. The same `key`
    again gives the same reservation: begin it with what is the caller's alone. `conversation` is the reference of
    whoever shows it in one.
    Raises NotBookable, SlotTaken, SlotNotOffered (both with the `next` free times), TooManyOpen, Invalid.
    """
    if made := _made_before(bookable, key):
        return made
    by_customer = side == Side.CUSTOMER
    contact = _checked(contact, by_customer=by_customer, conversation=conversation)
    _check_allowed(bookable, variant, by_customer=by_customer, conversation=conversation)
    if by_customer:
        _check_open(bookable, contact, now=now)
    try:
        placed = place_at(bookable=bookable, starts_at=starts_at, side=side, resource=resource, now=now)
    except SlotTaken:
        # By the same request, sent twice at the same moment?
        if made := _made_before(bookable, key):
            return made
        raise
    at_once = is_confirmed_at_once(bookable=bookable, contact=contact, now=now) if by_customer else agreed
    chosen = variant or bookable.variant
    reservation = Reservation(
        **_what(bookable, chosen, placed),
        **_whose(bookable, contact),
        number=new_reference(bookable.union.prefix),
        token=new_secret(),
        key=key[:80],
        state=State.CONFIRMED if at_once else State.PROPOSED,
        proposed_by=side,
        expires_at=None if at_once else held_until(bookable=bookable, starts_at=placed.starts_at, now=now, hold=hold),
        price=price_of(bookable, chosen) if price is None or by_customer else price,
        note=note.strip()[:500],
        conversation=conversation,
        made_at=now,
        changed_at=now,
        confirmed_at=now if at_once else None,
    )
    if not _saved(reservation):
        if made := _made_before(bookable, key):
            return made
        raise taken(bookable=bookable, starts_at=starts_at, now=now)
    _write_first_step(reservation, actor=actor, now=now)
    return reservation


def _made_before(bookable: Bookable, key: str) -> Reservation | None:
    """What the request with this key has made already."""
    return Reservation.objects.filter(union_id=bookable.union_id, key=key).first() if key else None


def _what(bookable: Bookable, variant: Variant | None, placed: Placed) -> dict[str, Any]:
    """The service and the time, as they are now."""
    return {
        "union_id": bookable.union_id,
        "store_id": bookable.store_id,
        "bookable": bookable,
        "product_id": bookable.product_id,
        "variant": variant,
        "title": title_of(bookable, bookable.union.default_language),
        "options": variant.options_text[:200] if variant else "",
        "currency": bookable.union.currency,
        "resource_id": placed.resource_id,
        "place": placed.place,
        "starts_at": placed.starts_at,
        "ends_at": placed.ends_at,
        "held": placed.held,
    }


def _whose(bookable: Bookable, contact: Contact) -> dict[str, Any]:
    """The shopper, as they can be reached."""
    return {
        "user": contact.user,
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "language": contact.language or bookable.union.default_language,
    }


def _write_first_step(reservation: Reservation, *, actor: User | None, now: datetime) -> None:
    change = ReservationChange.objects.create(
        union_id=reservation.union_id,
        reservation=reservation,
        to_state=reservation.state,
        side=reservation.proposed_by,
        actor=actor,
        note=reservation.note,
        starts_at=reservation.starts_at,
        ends_at=reservation.ends_at,
        at=now,
    )
    tell(reservation_id=reservation.pk, to_state=reservation.state, change_id=change.pk)


def place_at(
    *,
    bookable: Bookable,
    starts_at: datetime,
    side: str,
    now: datetime,
    resource: Resource | None = None,
    moving: Reservation | None = None,
) -> Placed:
    """A free place at that time, kept for the rest of the transaction.

    Raises SlotTaken, SlotNotOffered, NotBookable, Invalid for a time that nobody means.
    """
    require_plausible(moment=starts_at, field="starts_at")
    if side == Side.CUSTOMER:
        candidates = _offered_to_shopper(bookable, starts_at, now, resource, moving)
    else:
        if starts_at <= now:
            raise SlotNotOffered(_("This time is over."))
        candidates = resources_for(bookable, only=resource)
        if not candidates:
            raise NotBookable
    locked = lock_resources(resources=candidates)
    expire_proposed_times(now=now, union=bookable.union, resource_ids=locked)
    placed = find_place(bookable=bookable, resource_ids=locked, starts_at=starts_at, moving=moving)
    if placed is None:
        raise taken(bookable=bookable, starts_at=starts_at, now=now, moving=moving)
    return placed


def _offered_to_shopper(
    bookable: Bookable, starts_at: datetime, now: datetime, resource: Resource | None, moving: Reservation | None
) -> list[Resource]:
    """The resources that are free at one of the offered starts."""
    day = starts_at.astimezone(ZoneInfo(bookable.union.time_zone)).date()
    (offered,) = offered_slots(bookable=bookable, first=day, last=day, now=now, resource=resource, moving=moving)
    slot = next((slot for slot in offered.slots if slot.starts_at == starts_at), None)
    if slot is None:
        raise not_offered(bookable=bookable, starts_at=starts_at, now=now, moving=moving)
    if not slot.left:
        raise taken(bookable=bookable, starts_at=starts_at, now=now, moving=moving)
    return list(slot.resources)


def is_confirmed_at_once(*, bookable: Bookable, contact: Contact, now: datetime) -> bool:
    """By the rule of the service, unless this person stayed away too often lately. One query at most."""
    if not bookable.confirms_at_once:
        return False
    if not bookable.no_show_limit or not (contact.user or contact.email):
        return True
    missed = missed_lately(store=bookable.store, user=contact.user, email=contact.email, now=now)
    return missed < bookable.no_show_limit


def held_until(*, bookable: Bookable, starts_at: datetime, now: datetime, hold: timedelta | None) -> datetime:
    """Until when the other side can answer: never longer than until the time itself."""
    return min(now + (hold or timedelta(minutes=bookable.hold_minutes)), starts_at)


def _checked(contact: Contact, *, by_customer: bool, conversation: str) -> Contact:
    contact = contact.completed()
    if by_customer and not conversation:
        if not contact.name:
            raise Invalid(_("Tell the store your name."), field="name")
        if not contact.email:
            raise Invalid(_("An e-mail address is needed: the answer is written to it."), field="email")
    return contact


def _check_open(bookable: Bookable, contact: Contact, *, now: datetime) -> None:
    """Nobody has more than so many times held that wait for an answer."""
    if waiting_for_answer(store=bookable.store, user=contact.user, email=contact.email, now=now) >= MOST_OPEN:
        raise TooManyOpen


def _check_allowed(bookable: Bookable, variant: Variant | None, *, by_customer: bool, conversation: str) -> None:
    if not bookable.is_active or (by_customer and not conversation and not bookable.without_conversation):
        raise NotBookable
    if variant is None:
        return
    fits = variant.product_id == bookable.product_id and variant.union_id == bookable.union_id
    if not fits or (bookable.variant_id is not None and bookable.variant_id != variant.pk):
        raise NotBookable


def _saved(reservation: Reservation) -> bool:
    """False when the database refused it: the place is taken, or the key was used."""
    try:
        with transaction.atomic():
            reservation.save(force_insert=True)
    except IntegrityError as error:
        if constraint_of(error) in {"reservation_no_double_booking", "reservation_key_once"}:
            return False
        raise
    return True
