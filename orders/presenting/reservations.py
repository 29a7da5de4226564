"""Reservations in words: what they are, where they stand, what can be done with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.localized import localized
from core.money import format_money
from orders.models import Bookable, Reservation, ReservationChange, Side
from orders.queries.bookables import full_title_of, price_words, title_of
from orders.services.reservations import open_moves
from orders.services.reservations.moving import changeable_until
from stores.views.shop.words import day_text, time_text

State = Reservation.State
BADGES = {
    State.PROPOSED: "warning",
    State.COUNTERED: "warning",
    State.CONFIRMED: "success",
    State.DONE: "brand",
    State.NO_SHOW: "danger",
}


def reservation_shown(reservation: Reservation, *, now: datetime) -> dict[str, Any]:
    """The shopper's page of one reservation (as `whole` reads it): state, time, place, and what they can do."""
    union, store = reservation.union, reservation.store
    keys = {"union": union.slug, "token": reservation.token}
    moves = open_moves(reservation=reservation, side=Side.CUSTOMER, now=now)
    return {
        "reservation": reservation,
        "title": title_of(reservation.bookable),
        "store": localized(store, "name"),
        "store_url": reverse("shop:store", kwargs={"union": union.slug, "store": store.slug}),
        "resource": localized(reservation.resource, "name"),
        "when": when_text(reservation),
        "state": state_words(reservation, side=Side.CUSTOMER),
        "badge": badge_of(reservation),
        "price": format_money(reservation.price, reservation.currency) if reservation.price else "",
        "moves": moves,
        "step_url": {
            step: reverse("orders:reservation_step", kwargs={**keys, "step": step})
            for step in ("accept", "decline", "cancel")
        },
        "move_url": reverse("orders:reservation_move", kwargs=keys) if "counter" in moves else "",
        "calendar_url": reverse("orders:reservation_calendar", kwargs=keys) if reservation.confirmed_at else "",
        "again_url": _again_url(reservation),
        "answer_by": moment_text(reservation.expires_at, reservation) if reservation.state in Reservation.OPEN else "",
        "changeable_until": moment_text(changeable_until(reservation=reservation), reservation)
        if reservation.state == State.CONFIRMED and "cancel" in moves
        else "",
        "too_late": reservation.state == State.CONFIRMED and not moves and reservation.starts_at > now,
        "moments": moments_of(reservation),
        "is_over": reservation.state not in Reservation.HOLDING,
    }


def _again_url(reservation: Reservation) -> str:
    """Where a new time can be chosen, once this one has come to nothing."""
    if reservation.state not in (State.DECLINED, State.EXPIRED, State.CANCELLED, State.NO_SHOW):
        return ""
    bookable = reservation.bookable
    if not (bookable.is_active and bookable.without_conversation):
        return ""
    return reverse("orders:book", kwargs={"union": reservation.union.slug, "key": bookable.key})


def when_text(reservation: Reservation) -> str:
    """`Tue 24 Nov, 10:00–11:00` in the union's zone."""
    return span_text(reservation.starts_at, reservation.ends_at, reservation.union.time_zone)


def span_text(starts_at: datetime, ends_at: datetime, zone: str) -> str:
    """The same for any time."""
    start, end = starts_at.astimezone(ZoneInfo(zone)), ends_at.astimezone(ZoneInfo(zone))
    return f"{day_text(start.date())}, {time_text(start.time())}–{time_text(end.time())}"


def moment_text(moment: datetime | None, reservation: Reservation) -> str:
    """`Tue 24 Nov, 10:00` in the union's zone."""
    if moment is None:
        return ""
    local = moment.astimezone(ZoneInfo(reservation.union.time_zone))
    return f"{day_text(local.date())}, {time_text(local.time())}"


def state_words(reservation: Reservation, *, side: str) -> str:
    """Where it stands, for the reader's side."""
    if reservation.state in Reservation.OPEN:
        if reservation.proposed_by != side:
            return _("Waits for your answer")
        return _("The shopper has to answer") if side == Side.STORE else _("The store has to answer")
    return {
        State.CONFIRMED: _("Confirmed"),
        State.DECLINED: _("Declined"),
        State.EXPIRED: _("Not answered in time"),
        State.DONE: _("Done"),
        State.CANCELLED: _("Cancelled"),
        State.NO_SHOW: _("Nobody came"),
    }[State(reservation.state)]


def badge_of(reservation: Reservation) -> str:
    """The kind of badge in which a state is shown."""
    return BADGES.get(State(reservation.state), "")


def moments_of(reservation: Reservation) -> list[dict[str, Any]]:
    """Its way for components/timeline.html."""
    return [
        {
            "title": step_words(change),
            "time": change.at,
            "text": " · ".join(
                part
                for part in (span_text(change.starts_at, change.ends_at, reservation.union.time_zone), change.note)
                if part
            ),
            "state": "done",
        }
        for change in reservation.changes.all()
    ]


def step_words(change: ReservationChange) -> str:
    """What was done in one step, and by which side."""
    by_store = change.side == Side.STORE
    match change.to_state:
        case State.PROPOSED:
            return _("Proposed by the store") if by_store else _("Asked by the shopper")
        case State.COUNTERED:
            return _("Another time proposed by the store") if by_store else _("Another time proposed by the shopper")
        case State.CONFIRMED if change.from_state == State.CONFIRMED:
            return _("Moved")
        case State.CONFIRMED:
            return _("Confirmed")
        case State.DECLINED:
            return _("Declined by the store") if by_store else _("Declined by the shopper")
        case State.CANCELLED:
            return _("Cancelled by the store") if by_store else _("Cancelled by the shopper")
        case State.EXPIRED:
            return _("Not answered in time")
        case State.DONE:
            return _("Done")
    return _("Nobody came")


def bookable_card(bookable: Bookable) -> dict[str, Any]:
    """One thing of a store that can be reserved."""
    keys = {"union": bookable.union.slug, "key": bookable.key}
    return {
        "title": full_title_of(bookable),
        "url": reverse("orders:book", kwargs=keys),
        "length": length_text(bookable.minutes),
        "price": price_words(bookable, bookable.variant),
        "confirms_at_once": bookable.confirms_at_once,
    }


def length_text(minutes: int) -> str:
    """`45 minutes`, `2 hours`."""
    if minutes % 60 == 0:
        return ngettext("%(count)d hour", "%(count)d hours", minutes // 60) % {"count": minutes // 60}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def rules_in_words(bookable: Bookable) -> list[str]:
    """What a shopper should know before they ask."""
    until = bookable.cancel_until_minutes
    return [
        _("It takes %(length)s.") % {"length": length_text(bookable.minutes)},
        _("It is confirmed at once.")
        if bookable.confirms_at_once
        else _("The store confirms it; until then it is held."),
        _("You can cancel or move it until %(length)s before.") % {"length": length_text(until)}
        if until
        else _("You can cancel or move it until it begins."),
    ]
