"""Many buyers, one precious item: a hold is one person's, seen by all, and over in time; one buys."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from channels.db import database_sync_to_async
from django.db import connections
from django.utils import timezone
from django_scopes import scopes_disabled

from chat.models import Room, RoomGuest
from chat.queries.rooms import room_frame, words_after
from chat.queries.shoppers import Shopper
from chat.services.presence import register_manager
from chat.services.rooms import (
    RoomExists,
    RoomHeld,
    RoomHoldLost,
    RoomHoldRests,
    buy_item,
    close_room,
    come_in,
    end_holds,
    hold_item,
    open_room_around,
    release_item,
    say_to_all,
)
from core.errors import Invalid, WrongState
from orders.models import CartLine
from orders.services.cart import remove_line
from stores.models import StockHold, StockLevel, StockMovement
from stores.queries.stock import stock_differences
from stores.services.stock import OutOfStock
from tests.chat.wires import console_wire, shop, shopper_wire
from tests.factories.accounts import UserFactory
from tests.factories.stores import ProductFactory, StoreFactory, VariantFactory

pytestmark = pytest.mark.django_db(transaction=True)


def room_of(store=None, stock=1, **fields):
    store = store or StoreFactory()
    product = ProductFactory(store=store, union=store.union)
    variant = VariantFactory(product=product, stock=stock)
    values = {"title": "", "hold_minutes": 5, "presenter": None, "now": timezone.now()} | fields
    return open_room_around(store=store, variant=variant, **values)


def guest_in(room, visitor="v1"):
    shopper = Shopper(union=room.union, visitor=visitor)
    return shopper, come_in(room=room, shopper=shopper, now=timezone.now())


def item(room, *, now=None):
    return room_frame(room, now=now or timezone.now())["item"]


def test_hold_is_exclusive_and_taken_from_stock():
    room = room_of()
    _shopper, first = guest_in(room)
    _other, second = guest_in(room, "v2")
    now = timezone.now()
    assert hold_item(room=room, guest=first, now=now) == now + timedelta(minutes=5)
    with pytest.raises(RoomHeld):
        hold_item(room=room, guest=second, now=now)
    assert hold_item(room=room, guest=first, now=now + timedelta(minutes=1)) == now + timedelta(minutes=5)
    assert (item(room), StockLevel.objects.get().available, room_frame(room, now=now)["holder"]) == (
        "held", 0, first.pk,
    )  # fmt: skip
    assert room_frame(room, now=now)["here"] == 2


def test_hold_that_is_over_goes_to_the_next():
    room = room_of()
    _a, first = guest_in(room)
    _b, second = guest_in(room, "v2")
    now = timezone.now()
    hold_item(room=room, guest=first, now=now)
    later = now + timedelta(minutes=5, seconds=1)
    assert hold_item(room=room, guest=second, now=later) == later + timedelta(minutes=5)
    assert StockHold.objects.get().expires_at == later + timedelta(minutes=5)
    assert list(stock_differences(room.union)) == []


def test_end_of_a_hold_gives_the_piece_back_once():
    room = room_of()
    _a, first = guest_in(room)
    hold_item(room=room, guest=first, now=timezone.now())
    later = timezone.now() + timedelta(minutes=6)
    assert (end_holds(now=later), end_holds(now=later)) == (1, 0)
    assert (StockLevel.objects.get().available, StockHold.objects.count(), item(room)) == (1, 0, "free")
    with pytest.raises(RoomHoldLost):
        release_item(room=room, guest=first, now=later)


def held_and_let_go(room, guest, *, now):
    hold_item(room=room, guest=guest, now=now)
    release_item(room=room, guest=guest, now=now)


def standing(room):
    """Who holds it, how often anybody has, and what is left in the stock."""
    return (
        Room.objects.get(pk=room.pk).holder_id,
        sum(RoomGuest.objects.filter(room=room).values_list("holds", flat=True)),
        StockLevel.objects.get(variant=room.variant_id).available,
    )


def test_who_let_go_leaves_it_to_the_others_for_a_while(settings):
    settings.ROOM_HOLD_REST = 90
    room = room_of()
    _a, first = guest_in(room)
    guest_in(room, "v2")
    now = timezone.now()
    held_and_let_go(room, first, now=now)
    with pytest.raises(RoomHoldRests) as refusal:
        hold_item(room=room, guest=first, now=now + timedelta(seconds=1))
    assert refusal.value.facts == {"until": (now + timedelta(seconds=90)).isoformat()}
    assert standing(room) == (None, 1, 1)
    RoomGuest.objects.update(seen_at=now + timedelta(seconds=90))
    assert hold_item(room=room, guest=first, now=now + timedelta(seconds=90)) == now + timedelta(seconds=390)


def test_who_let_a_hold_run_out_rests_from_its_end_on():
    room = room_of()
    _a, first = guest_in(room)
    _b, second = guest_in(room, "v2")
    end = hold_item(room=room, guest=first, now=timezone.now())
    RoomGuest.objects.update(seen_at=end)
    with pytest.raises(RoomHoldRests):
        hold_item(room=room, guest=first, now=end)
    assert hold_item(room=room, guest=second, now=end) == end + timedelta(minutes=5)
    assert standing(room) == (second.pk, 2, 0)


def test_who_put_it_back_from_the_cart_leaves_it_to_the_others():
    room = room_of()
    shopper, first = guest_in(room)
    guest_in(room, "v2")
    now = timezone.now()
    hold_item(room=room, guest=first, now=now)
    cart = buy_item(room=room, guest=first, shopper=shopper, token="", now=now)
    remove_line(cart=cart, line_id=CartLine.objects.get().pk, now=now)
    with pytest.raises(RoomHoldRests):
        hold_item(room=room, guest=first, now=now)
    assert standing(room) == (None, 1, 1)


def test_alone_in_the_room_nobody_waits():
    room = room_of()
    _a, first = guest_in(room)
    _b, second = guest_in(room, "v2")
    now = timezone.now()
    RoomGuest.objects.filter(pk=second.pk).update(seen_at=now - timedelta(minutes=2))
    held_and_let_go(room, first, now=now)
    assert hold_item(room=room, guest=first, now=now) == now + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("again", "rests"),
    [
        ({"visitor": "v1", "signs_in": True}, True),
        ({"visitor": "v9", "address": "2001:db8::9"}, True),
        ({"visitor": "v9", "address": "2001:db8::9", "signs_in": True}, False),
        ({"visitor": "v9", "address": "2001:db8:0:1::9"}, False),
        ({"visitor": "v9"}, False),
    ],
    ids=["signed in", "cookies cleared", "somebody known", "another network", "no address"],
)
def test_a_rest_is_not_shed_with_the_cookies(again, rests):
    room = room_of()
    now = timezone.now()
    come_in(room=room, shopper=Shopper(union=room.union, visitor="v2", address="203.0.113.7"), now=now)
    first = come_in(room=room, shopper=Shopper(union=room.union, visitor="v1", address="2001:db8::1"), now=now)
    held_and_let_go(room, first, now=now)
    user = UserFactory() if again.pop("signs_in", False) else None
    guest = come_in(room=room, shopper=Shopper(union=room.union, user=user, **again), now=now)
    if rests:
        with pytest.raises(RoomHoldRests):
            hold_item(room=room, guest=guest, now=now)
        assert standing(room) == (None, 1, 1)
    else:
        hold_item(room=room, guest=guest, now=now)
        assert standing(room) == (guest.pk, 2, 0)


def test_neighbours_alone_in_a_room_do_not_wait_for_each_other():
    room = room_of()
    now = timezone.now()
    first, second = (
        come_in(room=room, shopper=Shopper(union=room.union, visitor=visitor, address="203.0.113.7"), now=now)
        for visitor in ("v1", "v2")
    )
    held_and_let_go(room, first, now=now)
    with pytest.raises(RoomHoldRests):
        hold_item(room=room, guest=first, now=now)
    hold_item(room=room, guest=second, now=now)
    assert standing(room) == (second.pk, 2, 0)


def test_buying_moves_the_piece_into_the_holders_cart():
    room = room_of()
    shopper, guest = guest_in(room)
    _b, second = guest_in(room, "v2")
    now = timezone.now()
    hold_item(room=room, guest=guest, now=now)
    cart = buy_item(room=room, guest=guest, shopper=shopper, token="", now=now)
    assert (cart.pieces, CartLine.objects.get().variant_id, item(room)) == (1, room.variant_id, "taken")
    assert StockLevel.objects.get().available == 0
    with pytest.raises(OutOfStock):
        hold_item(room=room, guest=second, now=now)
    assert Room.objects.get().holder_id is None


def test_buying_after_the_time_is_refused_and_changes_nothing():
    room = room_of()
    shopper, guest = guest_in(room)
    hold_item(room=room, guest=guest, now=timezone.now())
    with pytest.raises(RoomHoldLost):
        buy_item(room=room, guest=guest, shopper=shopper, token="", now=timezone.now() + timedelta(minutes=6))
    assert (CartLine.objects.count(), Room.objects.get().holder_id) == (0, guest.pk)


def test_room_closes_and_lets_go():
    room = room_of()
    _shopper, guest = guest_in(room)
    hold_item(room=room, guest=guest, now=timezone.now())
    close_room(room=room, now=timezone.now())
    assert (StockLevel.objects.get().available, Room.objects.get().state) == (1, "closed")
    with pytest.raises(WrongState):
        hold_item(room=room, guest=guest, now=timezone.now())


def test_one_open_room_around_an_item_and_only_a_counted_one():
    room = room_of()
    with pytest.raises(RoomExists):
        open_room_around(
            store=room.store, variant=room.variant, title="", hold_minutes=5, presenter=None, now=timezone.now()
        )
    with pytest.raises(Invalid):
        open_room_around(
            store=StoreFactory(), variant=room.variant, title="", hold_minutes=5, presenter=None, now=timezone.now()
        )
    assert Room.objects.count() == 1


def test_words_to_all_are_numbered():
    room = room_of()
    manager = register_manager(user=UserFactory(name="Mrs. Lin"), union=room.union, store=room.store)
    for text in ("Welcome", "It is of 1890"):
        say_to_all(room=room, manager=manager, text=text, now=timezone.now())
    room.refresh_from_db()
    assert [(word["seq"], word["text"]) for word in words_after(room, 0)] == [(1, "Welcome"), (2, "It is of 1890")]
    assert [word["seq"] for word in words_after(room, 1)] == [2]


def _at_once(count, work):
    start, outcomes = Barrier(count), []

    def run(number):
        try:
            start.wait()
            with scopes_disabled():
                outcomes.append(work(number))
        except (RoomHeld, RoomHoldLost, RoomHoldRests, OutOfStock) as refusal:
            outcomes.append(refusal.code)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_fifty_press_at_once_and_one_holds():
    room = room_of()
    guests = [guest_in(room, f"v{number}")[1] for number in range(50)]
    now = timezone.now()
    outcomes = _at_once(50, lambda number: hold_item(room=room, guest=guests[number], now=now) and "held")
    assert sorted(outcomes) == ["held", *["room_held"] * 49]
    assert StockHold.objects.get().quantity == 1
    assert RoomGuest.objects.filter(holds=1).count() == 1
    assert list(stock_differences(room.union)) == []


def test_one_shopper_in_many_tabs_holds_it_once_and_then_the_others_do():
    for _round in range(3):
        room = room_of()
        _a, first = guest_in(room)
        _b, second = guest_in(room, "v2")
        now = timezone.now()

        def work(number, room=room, first=first, now=now):
            held_and_let_go(room, first, now=now)
            return "held and let go"

        outcomes = _at_once(8, work)
        assert outcomes.count("held and let go") >= 1
        assert set(outcomes) <= {"held and let go", "room_hold_lost", "room_hold_rests"}
        # However they fell between each other: it was held once, and is free for somebody else.
        assert standing(room) == (None, 1, 1)
        hold_item(room=room, guest=second, now=now)
        assert list(stock_differences(room.union)) == []


def test_buying_and_the_end_of_the_hold_at_once_end_in_one_of_the_two():
    for _round in range(5):
        room = room_of()
        shopper, guest = guest_in(room)
        began = timezone.now()
        hold_item(room=room, guest=guest, now=began)
        until = began + timedelta(minutes=5)

        def work(number, room=room, shopper=shopper, guest=guest, until=until):
            if number:
                return f"ended {end_holds(now=until)}"
            buy_item(room=room, guest=guest, shopper=shopper, token="", now=until - timedelta(seconds=1))
            return "bought"

        outcomes = sorted(_at_once(2, work))
        assert outcomes in (["bought", "ended 0"], ["ended 1", "room_hold_lost"])
        bought = outcomes[0] == "bought"
        assert StockLevel.objects.get(variant=room.variant).available == (0 if bought else 1)
        assert CartLine.objects.filter(variant=room.variant).count() == (1 if bought else 0)
        assert list(stock_differences(room.union)) == []


def test_fifty_buyers_press_on_until_one_has_bought():
    room = room_of()
    people = [guest_in(room, f"v{number}") for number in range(20)]
    now = timezone.now()

    def work(number):
        shopper, guest = people[number]
        hold_item(room=room, guest=guest, now=now)
        buy_item(room=room, guest=guest, shopper=shopper, token="", now=now)
        return "bought"

    outcomes = _at_once(20, work)
    assert outcomes.count("bought") == 1
    assert set(outcomes) <= {"bought", "room_held", "out_of_stock"}
    assert (CartLine.objects.count(), StockMovement.objects.filter(kind="reserved").count()) == (
        1, StockMovement.objects.filter(kind="released").count() + 1,
    )  # fmt: skip


async def test_room_over_the_sockets():
    store, manager = await shop()
    room = await database_sync_to_async(lambda: room_of(store))()
    console = await console_wire(store, manager)
    one, two = await shopper_wire(store, "v1"), await shopper_wire(store, "v2")
    for wire in (one, two):
        await wire.send(type="room", id="r", room=room.ref)
        ack = await wire.hear("ack", id="r")
    assert (ack["room"]["here"], ack["room"]["item"]) == (2, "free")
    await console.send(type="room", id="r", room=room.ref)
    await console.hear("ack", id="r")
    await console.send(type="room.present", id="p", room=room.ref)
    await console.hear("ack", id="p")
    await console.send(type="room.say", id="s", room=room.ref, text="Look at the seal")
    assert (await console.hear("ack", id="s"))["seq"] == 1
    assert (await two.hear("room.word", seq=1))["text"] == "Look at the seal"
    await one.send(type="room.hold", id="h", room=room.ref)
    await one.hear("ack", id="h")
    assert (await two.hear("room", item="held"))["holder"] != ack["you"]
    await two.send(type="room.hold", id="h", room=room.ref)
    assert (await two.hear("error", id="h"))["code"] == "room_held"
    await one.send(type="room.release", id="l", room=room.ref)
    await one.hear("ack", id="l")
    await two.hear("room", item="free")
    await two.send(type="room.hold", id="again", room=room.ref)
    await two.hear("ack", id="again")
    for wire in (one, two, console):
        await wire.close()


async def test_room_of_another_union_is_not_there():
    store, _manager = await shop()
    elsewhere, _other = await shop(union="hills")
    room = await database_sync_to_async(lambda: room_of(store))()
    stranger = await shopper_wire(elsewhere, "v9")
    for kind in ("room", "room.hold", "room.release"):
        await stranger.send(type=kind, id=kind, room=room.ref)
        assert (await stranger.hear("error", id=kind))["code"] == "not_found"
    assert await database_sync_to_async(RoomGuest.objects.count)() == 0
    await stranger.close()
