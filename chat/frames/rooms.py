"""A room around an item, from both sides: coming, holding, buying; presenting and speaking to all."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from chat.frames import CONSOLE, SHOPPER, frame
from chat.frames.reading import number_of, text_of
from chat.frames.sessions import ConsoleSession, ShopperSession
from chat.models import Room, RoomGuest
from chat.queries.consoles import manager_at
from chat.queries.rooms import guest_of, open_room, room_at, room_frame, room_topic, stock_topic, words_after
from chat.services.rooms import close_room, come_in, go_out, hold_item, present, release_item, say_to_all
from core.errors import NotFound


@frame("room", of=SHOPPER)
def room(session: ShopperSession, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"room": ref, "after": last word it has}`: come in, or say that one is still there; every half minute.

    The `ack` carries how it stands, `you` (the number of the shopper's place) and the words that were missed.
    """
    found, now = open_room(session.union, text_of(asked, "room", most=24)), timezone.now()
    guest = come_in(room=found, shopper=session.shopper, now=now)
    session.socket.listen("room.", [room_topic(found.pk)])
    return _state(found, asked) | {"you": guest.pk}


@frame("room.leave", of=SHOPPER)
def leave(session: ShopperSession, asked: dict[str, Any]) -> None:
    """`{"room": ref}`"""
    found, guest = _mine(session, asked)
    session.socket.listen("room.", [])
    go_out(room=found, guest=guest, now=timezone.now())


@frame("room.hold", of=SHOPPER)
def hold(session: ShopperSession, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"room": ref}`: hold it for oneself alone; the `ack` says until when. Buying goes through the page's form."""
    found, guest = _mine(session, asked)
    return {"until": hold_item(room=found, guest=guest, now=timezone.now()).isoformat()}


@frame("room.release", of=SHOPPER)
def release(session: ShopperSession, asked: dict[str, Any]) -> None:
    """`{"room": ref}`: let go of it before its time."""
    found, guest = _mine(session, asked)
    release_item(room=found, guest=guest, now=timezone.now())


@frame("room", of=CONSOLE)
def watch(session: ConsoleSession, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"room": ref, "after": …}`: follow a room of the store; `stock` frames of its item come as well."""
    found = _here(session, asked)
    session.socket.listen("room.", [room_topic(found.pk)])
    # A sale is the stock's doing: the room says "sold" when the figures change.
    session.socket.listen("stock.", [stock_topic(found.product_id)])
    return _state(found, asked)


@frame("room.say", of=CONSOLE)
def say(session: ConsoleSession, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"room": ref, "text": …}`: to everybody in the room; the `ack` carries its number."""
    manager = manager_at(session.user, session.union, session.store)
    text = text_of(asked, "text", most=1000, empty=False)
    return {"seq": say_to_all(room=_here(session, asked), manager=manager, text=text, now=timezone.now()).seq}


@frame("room.present", of=CONSOLE)
def take_over(session: ConsoleSession, asked: dict[str, Any]) -> None:
    """`{"room": ref}`: present it from now on."""
    manager = manager_at(session.user, session.union, session.store)
    present(room=_here(session, asked), manager=manager, now=timezone.now())


@frame("room.close", of=CONSOLE)
def close(session: ConsoleSession, asked: dict[str, Any]) -> None:
    """`{"room": ref}`: everybody goes home; what was held goes back."""
    close_room(room=_here(session, asked), now=timezone.now())


def _state(found: Room, asked: dict[str, Any]) -> dict[str, Any]:
    after = number_of(asked, "after", most=2**31) if "after" in asked else 0
    return {"room": room_frame(found, now=timezone.now()), "words": words_after(found, after)}


def _mine(session: ShopperSession, asked: dict[str, Any]) -> tuple[Room, RoomGuest]:
    found = open_room(session.union, text_of(asked, "room", most=24))
    guest = guest_of(found, session.shopper)
    if guest is None:
        raise NotFound
    return found, guest


def _here(session: ConsoleSession, asked: dict[str, Any]) -> Room:
    if session.store is None:
        raise NotFound
    return room_at(session.union, session.store, text_of(asked, "room", most=24))
