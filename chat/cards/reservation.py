"""A time that is talked about, and a service whose free times can be chosen without leaving the conversation."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from chat.cards import Card, Reader, card, number_in, press
from chat.errors import ConversationEnded
from chat.models import Conversation, Message
from chat.queries.deals import bookable_talked_of, bookables_talked_of, reservation_in_conversation
from chat.services.agreeing import change_id, contact_of, show_reservation
from core.errors import Invalid, NotFound
from core.money import format_money
from core.references import new_secret
from orders.models import Bookable, Reservation
from orders.presenting.reservations import (
    badge_of,
    moment_text,
    rules_in_words,
    span_text,
    state_words,
    step_words,
    when_text,
)
from orders.presenting.times import times_of_day
from orders.queries.bookables import full_title_of, price_words, title_of
from orders.services.reservations import (
    accept_reservation,
    cancel_reservation,
    decline_reservation,
    open_moves,
    propose_reservation,
    reschedule_reservation,
)

DOES = {"accept": accept_reservation, "decline": decline_reservation, "cancel": cancel_reservation}


@card("reservation")
def draw_reservation(message: Message, reader: Reader) -> Card:
    """`{"reservation": id}`: answered here, also with another of the free times.

    Only the newest of its cards asks for an answer; an older one tells what was said then.

    `{"service": key}` (an empty key: whatever the store offers): its free times, one of which is asked for.
    """
    if "service" in (message.card or {}):
        return _choosing(message, reader)
    reservation = reservation_in_conversation(reader.conversation, number_in(message, "reservation"))
    side, union, now = reader.side, reader.union.slug, timezone.now()
    if reader.is_shopper:
        url = reverse("orders:reservation", args=[union, reservation.token])
    else:
        url = reverse("manage:reservation", args=[union, reservation.store.slug, reservation.number])
    past = _past_step(message, reader, reservation)
    moves = [] if past else list(open_moves(reservation=reservation, side=side, now=now))
    times = None
    if "counter" in moves and "times" in reader.asked:
        times = times_of_day(bookable=reservation.bookable, wished=_day(reader), now=now, moving=reservation)
    return Card(
        "talk/cards/reservation.html",
        {
            "reservation": reservation,
            "title": title_of(reservation.bookable),
            "when": when_text(reservation),
            "until": moment_text(reservation.expires_at, reservation) if reservation.state in Reservation.OPEN else "",
            "state": state_words(reservation, side=side),
            "badge": badge_of(reservation),
            **past,
            "price": format_money(reservation.price, reservation.currency) if reservation.price else "",
            "moves": moves,
            "times": times,
            "first_day": _local_day(reservation).isoformat(),
            "url": url,
        },
    )


def _past_step(message: Message, reader: Reader, reservation: Reservation) -> dict[str, str]:
    """What the step of this card was, when a newer card tells how things stand; nothing on the newest one."""
    told = Message.objects.filter(conversation=reader.conversation, kind=message.kind, card=message.card)
    if not told.filter(seq__gt=message.seq).exists():
        return {}
    step = next((each for each in reservation.changes.all() if change_id(change=each) == message.client_id), None)
    said = {"when": span_text(step.starts_at, step.ends_at, reservation.union.time_zone)} if step else {}
    return {**said, "state": step_words(step) if step else "", "badge": "", "until": ""}


@press("reservation")
def press_reservation(message: Message, reader: Reader, sent: QueryDict, now: datetime) -> None:
    """`do`: accept, decline, cancel; with `start` (RFC 3339) counter, or reserve for a service's times."""
    does = sent.get("do", "")
    if does == "reserve":
        _reserve(message, reader, sent, now)
        return
    reservation = reservation_in_conversation(reader.conversation, number_in(message, "reservation"))
    if does == "counter":
        reschedule_reservation(
            reservation=reservation, starts_at=_start(sent), side=reader.side, actor=reader.user, now=now
        )
    elif does in DOES:
        DOES[does](reservation=reservation, side=reader.side, actor=reader.user, now=now)
    else:
        raise Invalid(field="do")
    show_reservation(reservation_id=reservation.pk, now=now)


def _choosing(message: Message, reader: Reader) -> Card:
    """One service's days and times, after a choice of services where there are several."""
    offered = _offered(message, reader)
    wanted = reader.asked.get("service", "")
    chosen = next((each for each in offered if each.key == wanted), offered[0] if len(offered) == 1 else None)
    over = reader.conversation.state == Conversation.State.ENDED
    shown = {
        "services": [{"key": each.key, "title": full_title_of(each)} for each in offered] if len(offered) > 1 else [],
        "chosen": chosen,
        "over": over,
    }
    if chosen is None:
        return Card("talk/cards/service.html", shown)
    return Card(
        "talk/cards/service.html",
        {
            **shown,
            "title": full_title_of(chosen),
            "price": price_words(chosen, chosen.variant),
            "rules": rules_in_words(chosen),
            "times": None if over else times_of_day(bookable=chosen, wished=_day(reader), now=timezone.now()),
            "once": new_secret(12),
        },
    )


def _reserve(message: Message, reader: Reader, sent: QueryDict, now: datetime) -> None:
    talk = reader.conversation
    if talk.state == Conversation.State.ENDED:
        raise ConversationEnded
    key = sent.get("service", "")
    chosen = next((each for each in _offered(message, reader) if each.key == key), None)
    if chosen is None:
        raise Invalid(field="service")
    start = _start(sent)
    reservation = propose_reservation(
        bookable=chosen,
        starts_at=start,
        side=reader.side,
        contact=contact_of(conversation=talk),
        actor=reader.user,
        conversation=talk.ref,
        # Pressed twice it asks once; the mark is drawn anew with the card.
        key=f"talk:{talk.pk}:{message.seq}:{sent.get('once', '')[:24]}",
        now=now,
    )
    show_reservation(reservation_id=reservation.pk, now=now)


def _offered(message: Message, reader: Reader) -> list[Bookable]:
    key = (message.card or {}).get("service")
    if not isinstance(key, str):
        raise NotFound
    if key:
        return [bookable_talked_of(reader.conversation, key)]
    return bookables_talked_of(reader.conversation)


def _local_day(reservation: Reservation) -> date:
    return reservation.starts_at.astimezone(ZoneInfo(reservation.union.time_zone)).date()


def _day(reader: Reader) -> date | None:
    try:
        return date.fromisoformat(reader.asked.get("day", ""))
    except ValueError:
        return None


def _start(sent: QueryDict) -> datetime:
    try:
        moment = parse_datetime(sent.get("start", "")[:40])
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid(field="start")
    return moment
