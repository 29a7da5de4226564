"""Rooms around items and how they stand now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.db.models import Count, Max, Q, QuerySet

from chat.models import Room, RoomGuest, RoomWord
from chat.queries.shoppers import Shopper
from core.errors import NotFound
from core.localized import localized
from stores.models import StockLevel, Store
from unions.models import Union

HERE_FOR = timedelta(seconds=75)
"""A page says every half minute that it is still there."""
MOST_SHOWN = 200
"""Rooms of one union that its pages know of."""


def room_topic(room_id: int) -> str:
    """Where everybody in the room listens."""
    return f"room.{room_id}"


def stock_topic(product_id: int) -> str:
    """Where the figures of a product's stock are told."""
    return f"stock.{product_id}"


def rooms_at(union: Union, store: Store) -> QuerySet[Room]:
    """A store's rooms, newest first."""
    return Room.objects.filter(union=union, store=store).select_related("product", "variant", "presenter", "union")


def room_at(union: Union, store: Store, ref: str) -> Room:
    """Raises NotFound, also for another store's."""
    room = rooms_at(union, store).filter(ref=ref).select_related("store").first()
    if room is None:
        raise NotFound
    return room


def open_rooms(union: Union) -> QuerySet[Room]:
    """Rooms that shoppers may enter."""
    return Room.objects.filter(
        union=union, state=Room.State.OPEN, store__in=Store.objects.visible(), product__is_published=True
    ).select_related("store__membership", "product", "variant", "presenter__user", "union")


@dataclass(frozen=True)
class Gathering:
    """An open room as the pages of the street invite to it."""

    store: str
    product: str
    product_id: int
    title: str
    item: str
    place: str
    presenter: str
    here: int


def gatherings(union: Union, *, now: datetime) -> list[Gathering]:
    """The open rooms around what can still be had, those with most people first. One query however many."""
    present = Count("guests", filter=Q(guests__seen_at__gt=now - HERE_FOR))
    rooms = open_rooms(union).filter(variant__stock__on_hand__gt=0).annotate(here=present).order_by("-here", "-id")
    return [
        Gathering(
            store=room.store.slug,
            product=room.product.slug,
            product_id=room.product_id,
            title=title_of(room),
            item=localized(room.product, "title"),
            place=localized(room.store, "name"),
            presenter=(room.presenter.shown_name or room.presenter.user.name) if room.presenter else "",
            here=room.here,
        )
        for room in rooms[:MOST_SHOWN]
    ]


def open_room(union: Union, ref: str) -> Room:
    """Raises NotFound."""
    room = open_rooms(union).filter(ref=ref).first()
    if room is None:
        raise NotFound
    return room


def room_around(union: Union, store: str, product: str) -> Room:
    """The open room around a product. Raises NotFound."""
    room = open_rooms(union).filter(store__slug=store, product__slug=product).first()
    if room is None:
        raise NotFound
    return room


def guest_of(room: Room, shopper: Shopper) -> RoomGuest | None:
    """The shopper's own place in the room."""
    guests = RoomGuest.objects.filter(union=room.union_id, room=room)
    if shopper.user is not None:
        return guests.filter(customer=shopper.user).first()
    return guests.filter(visitor=shopper.visitor, customer=None).first() if shopper.visitor else None


def rest_of(room: Room, guest: RoomGuest, *, now: datetime) -> datetime | None:
    """Until when a guest who has held the item leaves it to the others; None if they need not, or nobody else is there.

    A browser rests on with whoever signs in or out at it, a person at any browser, and without an account a new browser
    from the same network as well, as long as somebody from elsewhere is there.
    """
    guests = RoomGuest.objects.filter(union=room.union_id, room=room)
    for same in (_same_person(guest), _same_network(guest)):
        until = guests.filter(same, rests_until__gt=now).aggregate(until=Max("rests_until"))["until"]
        if until is not None and guests.filter(seen_at__gt=now - HERE_FOR).exclude(same).exists():
            return cast(datetime, until)
    return None


def _same_person(guest: RoomGuest) -> Q:
    same = Q(pk=guest.pk)
    if guest.visitor:
        same |= Q(visitor=guest.visitor)
    if guest.customer_id is not None:
        same |= Q(customer=guest.customer_id)
    return same


def _same_network(guest: RoomGuest) -> Q:
    if guest.customer_id is not None or not guest.network:
        return Q(pk=guest.pk)
    return Q(network=guest.network, customer=None)


def room_frame(room: Room, *, now: datetime) -> dict[str, Any]:
    """How it stands, the same for everybody. Three queries.

    `item`: free, held (by guest number `holder` until `until`), taken (in somebody's cart or purchase), sold.
    `holder` counts within the room and names nobody.
    """
    room = Room.objects.select_related("presenter__user", "variant", "product", "union").get(pk=room.pk)
    level = StockLevel.objects.filter(variant=room.variant_id).values_list("on_hand", "available").first()
    here = RoomGuest.objects.filter(union=room.union_id, room=room, seen_at__gt=now - HERE_FOR).aggregate(
        here=Count("pk")
    )["here"]
    held = room.holder_id is not None and room.held_until is not None and room.held_until > now
    on_hand, available = level or (0, 0)
    item = "free" if available > 0 else "taken"
    if on_hand == 0:
        item = "sold"
    elif held:
        item = "held"
    return {
        "type": "room",
        "room": room.ref,
        "state": room.state,
        "presenter": (room.presenter.shown_name or room.presenter.user.name) if room.presenter else "",
        "here": here,
        "price": {"amount": room.variant.price, "currency": room.union.currency},
        "item": item,
        "holder": room.holder_id if item == "held" else None,
        "until": room.held_until.isoformat() if item == "held" and room.held_until else None,
        "last_seq": room.last_seq,
    }


def words_after(room: Room, seq: int) -> list[dict[str, Any]]:
    """What was said to everybody after this number, at most 200."""
    return [word_frame(room, word) for word in RoomWord.objects.filter(room=room, seq__gt=seq).order_by("seq")[:200]]


def word_frame(room: Room, word: RoomWord) -> dict[str, Any]:
    """`room.word`: said by the representative to everybody."""
    return {
        "type": "room.word",
        "room": room.ref,
        "seq": word.seq,
        "name": word.name,
        "text": word.text,
        "at": word.at.isoformat(),
    }


def title_of(room: Room) -> str:
    """Its own title, or the item's."""
    return room.title or localized(room.product, "title")


def holds_to_end(now: datetime) -> QuerySet[Room]:
    """Rooms in which a hold is over and nobody has said so yet."""
    return Room.objects.filter(Q(held_until__lte=now))
