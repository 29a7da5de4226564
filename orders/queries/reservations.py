"""Reservations as each side sees them: the shopper's own, what a link opens, the store's calendar and work list."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import User
from core.errors import NotFound
from core.references import normalise_reference
from orders.models import Reservation, ReservationChange, Side
from stores.models import ApiKey, Store
from unions.models import Union

State = Reservation.State
MISSED_WITHIN = timedelta(days=182)
VIEWS: dict[str, tuple[str, ...]] = {
    "waiting": (State.PROPOSED, State.COUNTERED),
    "coming": (State.CONFIRMED,),
    "past": (State.DONE, State.NO_SHOW),
    "off": (State.DECLINED, State.EXPIRED, State.CANCELLED),
    "all": (),
}
"""The tabs of the store's list and their states."""


def whole(reservations: QuerySet[Reservation]) -> QuerySet[Reservation]:
    """With all that a page, a mail or an answer of the API shows: two queries whatever their number."""
    changes = ReservationChange.objects.select_related("actor").order_by("id")
    return reservations.select_related(
        "union",
        "store",
        "resource",
        "variant",
        "product",
        "user",
        "bookable__product",
        "bookable__variant",
        "bookable__union",
        "bookable__store",
    ).prefetch_related(Prefetch("changes", changes))


def reservation_by_token(*, union: Union, token: str) -> Reservation:
    """The reservation whose link this is. Raises NotFound, also for another union's."""
    return _one(Reservation.objects.filter(union=union, token=token) if token else Reservation.objects.none())


def reservation_with_all(reservation_id: int) -> Reservation:
    """For a task, which has nothing but the id. Raises NotFound."""
    return _one(Reservation.objects.filter(pk=reservation_id))


def reservations_of(user: User) -> QuerySet[Reservation]:
    """The person's own in all unions, the latest time first."""
    return (
        Reservation.objects.filter(user=user)
        .select_related("union", "store", "resource", "bookable__product", "product", "variant")
        .order_by("-starts_at", "-id")
    )


def store_reservations(store: Store, *, view: str = "waiting", words: str = "") -> QuerySet[Reservation]:
    """The store's list of a tab: what comes first on top, what is over latest first. `words` finds a number, a name, an
    e-mail address.
    """
    states = VIEWS[view]
    found = Reservation.objects.filter(union_id=store.union_id, store=store)
    if states:
        found = found.filter(state__in=states)
    for word in words.split():
        number = normalise_reference(word) or word
        found = found.filter(
            Q(number__icontains=number) | Q(name__icontains=word) | Q(email__icontains=word) | Q(title__icontains=word)
        )
    order = ("starts_at", "id") if view in {"waiting", "coming"} else ("-starts_at", "-id")
    return found.select_related("union", "store", "resource", "bookable__product").order_by(*order)


def store_reservation(store: Store, number: str) -> Reservation:
    """One of the store's by its number. Raises NotFound."""
    return _one(Reservation.objects.filter(union_id=store.union_id, store=store, number=number))


def calendar_of(store: Store, *, first: date, days: int) -> list[Reservation]:
    """What stands in the store's calendar on these dates of the union's, with the resource. One query."""
    zone = ZoneInfo(store.union.time_zone)
    start = datetime.combine(first, time.min, zone)
    end = datetime.combine(first + timedelta(days=days), time.min, zone)
    found = Reservation.objects.filter(
        union_id=store.union_id, store=store, starts_at__gte=start, starts_at__lt=end
    ).exclude(state__in=VIEWS["off"])
    return list(found.select_related("union", "resource", "bookable__product").order_by("starts_at", "id"))


def waiting_count(store: Store, *, now: datetime) -> int:
    """How many proposals wait for the store's answer. One query."""
    return (
        Reservation.objects.filter(union_id=store.union_id, store=store, state__in=VIEWS["waiting"], expires_at__gt=now)
        .exclude(proposed_by=Side.STORE)
        .count()
    )


def waiting_for_answer(*, store: Store, user: User | None, email: str, now: datetime) -> int:
    """How many proposals of this person are open at the store. One query, none for a nameless guest."""
    if user is None and not email:
        return 0
    return (
        _of_person(user, email)
        .filter(union_id=store.union_id, store=store, state__in=VIEWS["waiting"], expires_at__gt=now)
        .count()
    )


def missed_lately(*, store: Store, user: User | None, email: str, now: datetime) -> int:
    """How often this person did not come to the store within half a year. One query."""
    return (
        _of_person(user, email)
        .filter(union_id=store.union_id, store=store, state=State.NO_SHOW, starts_at__gte=now - MISSED_WITHIN)
        .count()
    )


def reservations_for(union: Union, key: ApiKey) -> QuerySet[Reservation]:
    """What a key sees: a store its own, a union's office all, a customer their own. Newest first."""
    found = Reservation.objects.filter(union=union)
    if key.store_id is not None:
        found = found.filter(store=key.store_id)
    elif key.user_id is not None:
        found = found.filter(user=key.user_id)
    return whole(found).order_by("-id")


def reservation_for(union: Union, key: ApiKey | None, number: str, *, token: str = "") -> Reservation:
    """The reservation with this number, for a key that may see it or a guest with its token. Raises NotFound."""
    if key is None:
        if not token:
            raise NotFound
        return _one(Reservation.objects.filter(union=union, number=number, token=token))
    found = reservations_for(union, key).filter(number=number).first()
    if found is None:
        raise NotFound
    return found


def _of_person(user: User | None, email: str) -> QuerySet[Reservation]:
    is_theirs = Q(user=user) if user is not None else Q()
    if email:
        is_theirs |= Q(email=email)
    return Reservation.objects.filter(is_theirs)


def _one(reservations: QuerySet[Reservation]) -> Reservation:
    found = whole(reservations).first()
    if found is None:
        raise NotFound
    return found
