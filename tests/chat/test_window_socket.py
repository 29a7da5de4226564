"""What the shopper's window hears on its socket beside messages: its place in the queue, cards, who reads."""

import asyncio

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone
from django_scopes import scopes_disabled

from chat.models import Conversation, Message, Participant
from chat.queries.presence import presence_key
from chat.relay import the_relay
from chat.relay.relay import MARKS_WRITTEN_EVERY
from chat.services.late_answers import attended
from chat.services.presence import show_lapsed
from core.live import redis_connection
from tests.chat.wires import console_wire, shop, shopper_wire, talking
from tests.factories.stores import ProductFactory
from tests.sockets import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)


@database_sync_to_async
def goods(store):
    return ProductFactory(store=store, title="Rye"), ProductFactory(title="Elsewhere")


async def waiting(store, visitor):
    """A shopper who waits: (their wire, the conversation's reference)."""
    wire = await shopper_wire(store, visitor)
    await wire.send(type="start", id="s", store=store.slug, text="Hello?")
    ref = (await wire.hear("ack", id="s"))["conversation"]["conversation"]
    return wire, ref


@database_sync_to_async
def read_up_to(role):
    return list(Participant.objects.filter(role=role).values_list("seen_seq", flat=True))


async def written(role, seq):
    """Until the relay has written how far that side has read."""
    async with asyncio.timeout(PATIENCE):
        while await read_up_to(role) != [seq]:
            await asyncio.sleep(MARKS_WRITTEN_EVERY / 5)


async def test_those_who_wait_hear_their_place_and_move_up():
    store, manager = await shop()
    console = await console_wire(store, manager)
    first, first_ref = await waiting(store, "v1")
    second, second_ref = await waiting(store, "v2")
    await second.has_heard("queue", place=2)
    places = [(each["conversation"], each["place"]) for each in second.heard if each["type"] == "queue"]
    assert places == [(second_ref, 2)]
    await console.send(type="accept", id="a", conversation=first_ref)
    await console.hear("ack", id="a")
    heard = await second.hear("queue", place=1)
    assert (heard["conversation"], heard["wait"] > 0, heard["here"]) == (second_ref, True, True)
    again, stranger = await shopper_wire(store, "v2"), await shopper_wire(store, "v3")
    assert [(each["conversation"], each["place"]) for each in again.hello["queue"]] == [(second_ref, 1)]
    assert "queue" not in stranger.hello
    for wire in (console, first, second, again, stranger):
        await wire.close()


async def test_a_product_is_shown_once_and_only_of_this_store():
    store, manager = await shop()
    shopper, console, ref = await talking(store, manager)
    rye, foreign = await goods(store)
    for _ in range(2):
        await shopper.send(type="message", id="p", conversation=ref, kind="product", card={"product": rye.pk})
        ack = await shopper.hear("ack", id="p")
    heard = await console.hear("message", id="p")
    assert (heard["seq"], heard["kind"], heard["text"]) == (ack["seq"], "product", "Rye")
    assert heard["card"] == {"product": rye.pk}
    for card in ({"product": foreign.pk}, {"product": "1"}, {}, None, {"product": 2**63}):
        await shopper.send(type="message", id="q", conversation=ref, kind="product", card=card)
        assert (await shopper.hear("error", id="q"))["code"] in ("not_found", "invalid")
    await console.send(type="message", id="m", conversation=ref, kind="product", card={"product": rye.pk})
    assert (await shopper.hear("message", id="m"))["role"] == "manager"
    assert await database_sync_to_async(Message.objects.filter(kind="product").count)() == 2
    await shopper.close()
    await console.close()


async def test_another_shopper_shows_nothing_in_this_conversation():
    store, manager = await shop()
    shopper, console, ref = await talking(store, manager)
    rye, _foreign = await goods(store)
    other = await shopper_wire(store, "v2")
    await other.send(type="message", id="p", conversation=ref, kind="product", card={"product": rye.pk})
    assert (await other.hear("error", id="p"))["code"] == "not_found"
    assert await database_sync_to_async(Message.objects.filter(kind="product").count)() == 0
    for wire in (shopper, console, other):
        await wire.close()


async def test_hello_says_how_far_the_store_has_read():
    store, manager = await shop()
    shopper, console, ref = await talking(store, manager)
    await console.send(type="seen", id="x", conversation=ref, seq=1)
    await console.hear("ack", id="x")
    assert (await shopper.hear("seen"))["role"] == "manager"
    await written("manager", 1)
    again = await shopper_wire(store)
    (told,) = again.hello["conversations"]
    assert (told["store_seen"], told["seen"], told["has_email"]) == (1, 0, False)
    for wire in (shopper, console, again):
        await wire.close()


async def test_nobody_has_read_further_than_was_written():
    store, manager = await shop()
    shopper, console, ref = await talking(store, manager)
    await console.send(type="seen", id="x", conversation=ref, seq=2_000_000_000)
    await console.hear("ack", id="x")
    assert (await shopper.hear("seen"))["seq"] == 2
    await written("manager", 2)
    # What comes after that is unread, and read when it is said to be.
    await shopper.send(type="message", id="m", conversation=ref, text="And the other one?")
    assert (await console.hear("message", id="m"))["seq"] == 3
    assert await read_up_to("manager") == [2]
    await console.send(type="seen", id="y", conversation=ref, seq=3)
    assert (await shopper.hear("seen", seq=3))["role"] == "manager"
    await written("manager", 3)
    for wire in (shopper, console):
        await wire.close()


async def test_a_manager_who_falls_silent_is_shown_as_gone():
    store, manager = await shop()
    console = await console_wire(store, manager)
    shopper = await shopper_wire(store)
    await shopper.send(type="presence", id="p", stores=[store.slug])
    (now,) = (await shopper.hear("ack", id="p"))["stores"]
    assert now["state"] == "here"
    await console.close()

    @database_sync_to_async
    def half_a_minute_later():
        moment = timezone.now()
        key = presence_key(store.union_id)
        for member, _score in redis_connection().zrange(key, 0, -1, withscores=True):
            redis_connection().zadd(key, {member: moment.timestamp() - 27})
        with scopes_disabled():
            return show_lapsed(now=moment)

    assert await half_a_minute_later() == 1
    assert (await shopper.hear("presence", store=store.slug))["state"] == "away"
    await shopper.close()


async def test_an_ended_conversation_stays_in_the_window_until_it_is_rated():
    store, manager = await shop()
    shopper, console, ref = await talking(store, manager)
    await console.send(type="message", id="m", conversation=ref, text="Until six.")
    await console.hear("ack", id="m")
    await console.send(type="end", id="e", conversation=ref)
    await console.hear("ack", id="e")
    again = await shopper_wire(store)
    assert [each["state"] for each in again.hello["conversations"]] == ["ended"]
    await again.send(type="rate", id="r", conversation=ref, stars=5, words="")
    await again.hear("ack", id="r")
    after = await shopper_wire(store)
    assert after.hello["conversations"] == []
    for wire in (shopper, console, again, after):
        await wire.close()


async def test_a_window_that_follows_attends():
    store, manager = await shop()
    shopper, console, ref = await talking(store, manager)
    key = await database_sync_to_async(Conversation.objects.values_list("pk", flat=True).get)(ref=ref)
    assert {key} <= {each for socket in the_relay().hub.sockets for each in getattr(socket, "attends", ())}
    assert await database_sync_to_async(attended)(conversations=[key], now=timezone.now()) == set()
    await shopper.close()
    await console.close()
