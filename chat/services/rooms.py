"""Many buyers around one precious item: coming, holding it, buying it, and the representative's words to all.

A hold is the room's row, taken by one after the other, and a hold in the stock, in one transaction: of any number who
press at once one gets it. Buying moves the piece from the room's hold into the buyer's cart, again in one transaction.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from chat.models import Manager, Room, RoomGuest, RoomWord
from chat.queries.blocks import refusal_to
from chat.queries.rooms import guest_of, holds_to_end, rest_of, room_frame, room_topic, word_frame
from chat.queries.shoppers import Shopper
from core.clients import network_of
from core.errors import DomainError, Invalid, NotFound, WrongState, constraint_of
from core.live import announce
from core.references import new_reference
from orders.models import Cart
from orders.services.cart import add_to_cart
from stores.models import Store, Variant
from stores.services.stock import HOLD_LIMIT, HoldWant, release_holds, set_holds

LONGEST_WORDS = 1000


class RoomHeld(DomainError):
    """Somebody else holds the item; `until` says how long at most."""

    code = "room_held"
    detail = _("Somebody else holds it at this moment.")


class RoomHoldLost(DomainError):
    """The hold is over, or was never this shopper's."""

    code = "room_hold_lost"
    detail = _("You do not hold it any more.")


class RoomHoldRests(DomainError):
    """They have held it just now, and others are there: until `until` it is for those."""

    code = "room_hold_rests"
    detail = _("You have held it just now. For a moment it is for the others here.")


class RoomExists(DomainError):
    """There is an open room around this item."""

    code = "room_exists"
    detail = _("There is an open room around this item already.")


@transaction.atomic
def open_room_around(
    *, store: Store, variant: Variant, title: str, hold_minutes: int, presenter: Manager | None, now: datetime
) -> Room:
    """Open a room around a counted item. Raises Invalid, RoomExists."""
    if variant.store_id != store.pk or not variant.tracks_stock:
        raise Invalid(_("Choose an item whose stock is counted."), field="variant")
    if not 1 <= hold_minutes <= 60:
        raise Invalid(field="hold_minutes")
    try:
        with transaction.atomic():
            return Room.objects.create(
                union=store.union,
                store=store,
                product=variant.product,
                variant=variant,
                ref=new_reference(store.union.prefix),
                title=title,
                hold_minutes=hold_minutes,
                presenter=presenter,
                opened_at=now,
            )
    except IntegrityError as error:
        if constraint_of(error) == "room_one_open_per_product":
            raise RoomExists from None
        raise


@transaction.atomic
def close_room(*, room: Room, now: datetime) -> None:
    """Nobody comes in or holds any more; what is held goes back."""
    closed = Room.objects.filter(union=room.union_id, pk=room.pk, state=Room.State.OPEN)
    if closed.update(state=Room.State.CLOSED, closed_at=now, holder=None, held_until=None):
        release_holds(owners=[hold_owner(room_id=room.pk)], now=now, reason="room closed")
        tell_room(room=room, now=now)


@transaction.atomic
def present(*, room: Room, manager: Manager, now: datetime) -> None:
    """This manager presents from now on."""
    Room.objects.filter(union=room.union_id, pk=room.pk).update(presenter=manager)
    tell_room(room=room, now=now)


@transaction.atomic
def say_to_all(*, room: Room, manager: Manager, text: str, now: datetime) -> RoomWord:
    """The representative's words to everybody in the room, numbered without a gap. Raises Invalid, WrongState."""
    text = text.replace("\x00", "").strip()
    if not text or len(text) > LONGEST_WORDS:
        raise Invalid(field="text")
    if not Room.objects.filter(union=room.union_id, pk=room.pk, state=Room.State.OPEN).update(
        last_seq=F("last_seq") + 1
    ):
        raise WrongState(state="closed")
    room.refresh_from_db(fields=["last_seq"])
    word = RoomWord.objects.create(
        union_id=room.union_id,
        room=room,
        seq=room.last_seq,
        name=(manager.shown_name or manager.user.name)[:80],
        text=text,
        at=now,
    )
    transaction.on_commit(lambda: announce({room_topic(room.pk): word_frame(room, word)}), robust=True)
    return word


@transaction.atomic
def come_in(*, room: Room, shopper: Shopper, now: datetime) -> RoomGuest:
    """The shopper's place in the room, made when they first come; again it says that they are still there.

    Raises NotFound without a cookie or account, WrongState for a closed room, Blocked, NetworkBlocked.
    """
    if not shopper.visitor and shopper.user is None:
        raise NotFound
    if room.state != Room.State.OPEN:
        raise WrongState(state=room.state)
    guest = guest_of(room, shopper)
    if guest is None and shopper.user is not None and shopper.visitor:
        # Who signs in while they are here keeps their place, and what they hold.
        earlier = RoomGuest.objects.filter(union=room.union_id, room=room, visitor=shopper.visitor, customer=None)
        earlier.update(customer=shopper.user)
        guest = guest_of(room, shopper)
    if guest is not None:
        RoomGuest.objects.filter(union=room.union_id, pk=guest.pk, seen_at__lt=now).update(seen_at=now)
        if now - guest.seen_at > timedelta(seconds=60):
            tell_room(room=room, now=now)
        return guest
    if (refusal := refusal_to(shopper, room.store, now=now)) is not None:
        raise refusal
    RoomGuest.objects.bulk_create(
        [
            RoomGuest(
                union_id=room.union_id,
                room=room,
                visitor=shopper.visitor,
                customer=shopper.user,
                network=network_of(shopper.address),
                joined_at=now,
                seen_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    tell_room(room=room, now=now)
    guest = guest_of(room, shopper)
    if guest is None:
        raise NotFound
    return guest


@transaction.atomic
def go_out(*, room: Room, guest: RoomGuest, now: datetime) -> None:
    """Not there any more; what they hold stays theirs until its time."""
    RoomGuest.objects.filter(union=room.union_id, pk=guest.pk).update(seen_at=now - timedelta(days=1))
    tell_room(room=room, now=now)


@transaction.atomic
def hold_item(*, room: Room, guest: RoomGuest, now: datetime) -> datetime:
    """Hold the piece for this guest alone and say until when; pressed again it is not prolonged.

    Who has held it leaves it to the others for `ROOM_HOLD_REST` seconds after the hold's end, however it ended: pressed
    again at once it would never be free for anybody else. Alone in the room they may hold it again at once.

    Raises RoomHeld, RoomHoldRests, OutOfStock (it is in somebody's cart, or sold), WrongState.
    """
    # One after the other: whether they rest must not be asked while another of their presses holds and lets go.
    now_is = Room.objects.select_for_update(no_key=True).get(union=room.union_id, pk=room.pk)
    if now_is.state != Room.State.OPEN:
        raise WrongState(state=now_is.state)
    if now_is.held_until is not None and now_is.held_until > now:
        if now_is.holder_id == guest.pk:
            return now_is.held_until
        raise RoomHeld(until=now_is.held_until.isoformat())
    if rests_until := rest_of(room, guest, now=now):
        raise RoomHoldRests(until=rests_until.isoformat())
    until = now + timedelta(minutes=room.hold_minutes)
    Room.objects.filter(union=room.union_id, pk=room.pk).update(holder=guest, held_until=until)
    owner = hold_owner(room_id=room.pk)
    # What was left of a hold whose time is over goes back first, so that this one gets its whole time.
    release_holds(owners=[owner], now=now, reason="room hold over")
    set_holds(union=room.union, wants=[HoldWant(owner, room.variant_id, 1)], now=now, lasting=until - now)
    # Said from the beginning: a hold that runs out needs nobody to say it.
    RoomGuest.objects.filter(union=room.union_id, pk=guest.pk).update(
        holds=F("holds") + 1, rests_until=until + timedelta(seconds=settings.ROOM_HOLD_REST)
    )
    tell_room(room=room, now=now)
    return until


@transaction.atomic
def release_item(*, room: Room, guest: RoomGuest, now: datetime) -> None:
    """Let go of it before the time is over. Raises RoomHoldLost."""
    if not Room.objects.filter(union=room.union_id, pk=room.pk, holder=guest).update(holder=None, held_until=None):
        raise RoomHoldLost
    release_holds(owners=[hold_owner(room_id=room.pk)], now=now, reason="released in room")
    RoomGuest.objects.filter(union=room.union_id, pk=guest.pk).update(
        rests_until=now + timedelta(seconds=settings.ROOM_HOLD_REST)
    )
    tell_room(room=room, now=now)


@transaction.atomic
def buy_item(*, room: Room, guest: RoomGuest, shopper: Shopper, token: str, now: datetime) -> Cart:
    """The holder's piece moves into their cart, to be paid there. Raises RoomHoldLost when the time is over.

    Between the room's letting go and the cart's taking, the stock's row is locked: nobody comes between.
    """
    mine = Room.objects.filter(union=room.union_id, pk=room.pk, state=Room.State.OPEN, holder=guest, held_until__gt=now)
    if not mine.update(holder=None, held_until=None):
        raise RoomHoldLost
    release_holds(owners=[hold_owner(room_id=room.pk)], now=now, reason="bought in room")
    cart = add_to_cart(
        union=room.union, user=shopper.user, token=token, variant_id=room.variant_id, quantity=1, now=now
    )
    # In the cart it can stay for so long; put back from there it is for the others first, too.
    RoomGuest.objects.filter(union=room.union_id, pk=guest.pk).update(
        bought_at=now, rests_until=now + HOLD_LIMIT + timedelta(seconds=settings.ROOM_HOLD_REST)
    )
    tell_room(room=room, now=now)
    return cart


def end_holds(*, now: datetime) -> int:
    """Holds whose time is over, every few seconds: the piece goes back and everybody sees it. Says how many."""
    return sum(_end_hold(room, now=now) for room in holds_to_end(now)[:200])


@transaction.atomic
def _end_hold(room: Room, *, now: datetime) -> bool:
    if not Room.objects.filter(union=room.union_id, pk=room.pk, held_until__lte=now).update(
        holder=None, held_until=None
    ):
        return False
    release_holds(owners=[hold_owner(room_id=room.pk)], now=now, reason="room hold over")
    tell_room(room=room, now=now)
    return True


def hold_owner(*, room_id: int) -> str:
    """Under which name the stock keeps the piece."""
    return f"room:{room_id}"


def tell_room(*, room: Room, now: datetime) -> None:
    """Everybody in it sees how it stands, once this is committed."""
    transaction.on_commit(lambda: announce({room_topic(room.pk): room_frame(room, now=now)}), robust=True)
