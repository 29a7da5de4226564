"""A time that is talked about."""

from __future__ import annotations

from datetime import datetime

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from chat.cards import Card, Reader, card, number_in, press
from chat.models import Message
from chat.queries.deals import reservation_in_conversation
from chat.services.agreeing import show_reservation
from core.errors import Invalid
from core.money import format_money
from orders.models import Reservation
from orders.presenting.reservations import badge_of, moment_text, state_words, when_text
from orders.queries.bookables import title_of
from orders.services.reservations import accept_reservation, cancel_reservation, decline_reservation, open_moves

Side = Reservation.Side
DOES = {"accept": accept_reservation, "decline": decline_reservation, "cancel": cancel_reservation}


@card("reservation")
def draw_reservation(message: Message, reader: Reader) -> Card:
    """`{"reservation": id}`: answered here; another time is chosen on its page."""
    reservation = reservation_in_conversation(reader.conversation, number_in(message, "reservation"))
    side, union = (Side.CUSTOMER if reader.is_shopper else Side.STORE), reader.union.slug
    if reader.is_shopper:
        url = reverse("orders:reservation", args=[union, reservation.token])
    else:
        url = reverse("manage:reservation", args=[union, reservation.store.slug, reservation.number])
    return Card(
        "talk/cards/reservation.html",
        {
            "reservation": reservation,
            "title": title_of(reservation.bookable),
            "when": when_text(reservation),
            "until": moment_text(reservation.expires_at, reservation) if reservation.state in Reservation.OPEN else "",
            "state": state_words(reservation, side=side),
            "badge": badge_of(reservation),
            "price": format_money(reservation.price, reservation.currency) if reservation.price else "",
            "moves": list(open_moves(reservation=reservation, side=side, now=timezone.now())),
            "url": url,
        },
    )


@press("reservation")
def press_reservation(message: Message, reader: Reader, sent: QueryDict, now: datetime) -> None:
    """`do`: accept, decline, cancel."""
    reservation = reservation_in_conversation(reader.conversation, number_in(message, "reservation"))
    act = DOES.get(sent.get("do", ""))
    if act is None:
        raise Invalid(field="do")
    side = Side.CUSTOMER if reader.is_shopper else Side.STORE
    act(reservation=reservation, side=side, actor=reader.user, now=now)
    show_reservation(reservation_id=reservation.pk, now=now)
