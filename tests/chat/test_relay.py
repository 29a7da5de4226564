"""Each message once, in order, none lost; stored before it is acknowledged."""

import asyncio
import threading

import pytest
from channels.db import database_sync_to_async
from django.db import connection, transaction
from django.utils import timezone
from django_scopes import scopes_disabled

from chat.models import Conversation, Message
from chat.relay import the_relay
from chat.services.messages import notice
from core.live import the_hub
from tests.chat.wires import console_wire, shop, shopper_wire, talking, visitor_cookie, wire
from tests.factories.stores import VariantFactory
from tests.sockets import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)


@database_sync_to_async
def stored(ref):
    return list(
        Message.objects.filter(conversation__ref=ref).order_by("seq").values_list("seq", "sender__role", "text")
    )


async def test_both_sides_hear_each_other_in_order():
    store, manager = await shop()
    shopper, console, ref = await talking(store, manager)
    for turn in range(5):
        await shopper.send(type="message", id=f"s{turn}", conversation=ref, text=f"question {turn}")
        ack = await shopper.hear("ack", id=f"s{turn}")
        heard = await console.hear("message", id=f"s{turn}")
        assert (heard["seq"], heard["text"], heard["role"]) == (ack["seq"], f"question {turn}", "shopper")
        await console.send(type="message", id=f"m{turn}", conversation=ref, text=f"answer {turn}")
        ack = await console.hear("ack", id=f"m{turn}")
        heard = await shopper.hear("message", id=f"m{turn}")
        assert (heard["seq"], heard["role"]) == (ack["seq"], "manager")
    rows = await stored(ref)
    assert [seq for seq, *_ in rows] == list(range(1, 13))
    assert [role for _, role, _ in rows[2:]] == ["shopper", "manager"] * 5
    await shopper.close()
    await console.close()


async def test_a_list_shows_what_was_said_last_not_who_came():
    store, manager = await shop()
    shopper, console, ref = await talking(store, manager)
    rows = await stored(ref)
    conversation = await database_sync_to_async(Conversation.objects.get)(ref=ref)
    assert [role for _, role, _ in rows] == ["shopper", "system"]
    assert (conversation.last_seq, conversation.last_text) == (2, "Is the lamp still there?")
    for each in (shopper, console):
        await each.close()


async def test_sending_again_with_the_same_id_is_once():
    store, manager = await shop()
    shopper, console, ref = await talking(store, manager)
    await shopper.send(type="message", id="x", conversation=ref, text="once")
    first = await shopper.hear("ack", id="x")
    await shopper.send(type="message", id="x", conversation=ref, text="once")
    again = await shopper.hear("ack", id="x")
    assert again == first
    assert [text for *_, text in await stored(ref)].count("once") == 1
    await shopper.close()
    await console.close()


async def test_resume_brings_exactly_what_was_missed():
    store, manager = await shop()
    shopper, console, ref = await talking(store, manager)
    await shopper.send(type="message", id="last", conversation=ref, text="I am on a train")
    have = (await shopper.hear("ack", id="last"))["seq"]
    await shopper.close()
    for number in range(3):
        await console.send(type="message", id=f"m{number}", conversation=ref, text=f"missed {number}")
        await console.hear("ack", id=f"m{number}")
    back = await shopper_wire(store)
    assert [each["conversation"] for each in back.hello["conversations"]] == [ref]
    await back.send(type="resume", id="r", conversations={ref: have})
    await back.hear("ack", id="r")
    missed = [(frame["seq"], frame["text"]) for frame in back.heard if frame["type"] == "message"]
    assert missed == [(have + 1 + number, f"missed {number}") for number in range(3)]
    await back.close()
    await console.close()


@database_sync_to_async
def say_so(ref):
    """What the platform says, which goes to every process by Redis."""
    with scopes_disabled():
        notice(conversation=Conversation.objects.get(ref=ref), text="", card={"what": "joined"}, now=timezone.now())


async def test_what_is_late_on_its_way_does_not_come_twice(monkeypatch):
    store, manager = await shop()
    shopper, console, ref = await talking(store, manager)
    hub, late = the_hub(), []
    hear = hub.hear
    monkeypatch.setattr(hub, "hear", late.append)
    await say_so(ref)
    tab, other = await shopper_wire(store), await shopper_wire(store)
    await tab.send(type="resume", id="r", conversations={ref: 0})
    await tab.hear("ack", id="r")
    await other.send(type="resume", id="r", conversations={ref: 3})
    await other.hear("ack", id="r")
    assert [frame["seq"] for frame in tab.heard if frame["type"] == "message"] == [1, 2, 3]
    async with asyncio.timeout(PATIENCE):
        while not late:
            await asyncio.sleep(0.01)
    monkeypatch.undo()
    for data in late:
        hear(data)
    await shopper.hear("message", seq=3)
    await console.send(type="message", id="m", conversation=ref, text="Here I am")
    for each in (tab, other, shopper):
        await each.hear("message", text="Here I am")
        assert [frame["seq"] for frame in each.heard if frame["type"] == "message"].count(3) == (each is not other)
    for each in (shopper, console, tab, other):
        await each.close()


async def test_who_waits_to_catch_up_does_not_outlive_the_relay():
    store, manager = await shop()
    shopper, console, _ref = await talking(store, manager)
    relay = the_relay()
    [(topic, followed)] = relay.followed.items()
    relay.ordered(topic, "{}", followed.position + 5)
    assert followed.catching_up
    await relay.stop()
    assert not [task for task in asyncio.all_tasks() if task.get_coro().__name__ == "_catch_up"]
    for each in (shopper, console):
        await each.close()


async def test_another_tab_of_the_shopper_follows():
    store, manager = await shop()
    shopper, console, ref = await talking(store, manager)
    tab = await shopper_wire(store)
    await tab.send(type="resume", id="r", conversations={ref: 2})
    await tab.hear("ack", id="r")
    await shopper.send(type="message", id="x", conversation=ref, text="from the other tab")
    assert (await tab.hear("message", id="x"))["text"] == "from the other tab"
    for each in (shopper, console, tab):
        await each.close()


async def test_a_stranger_hears_and_says_nothing():
    store, manager = await shop()
    shopper, console, ref = await talking(store, manager)
    stranger = await shopper_wire(store, "v2")
    assert stranger.hello["conversations"] == []
    await stranger.send(type="resume", id="r", conversations={ref: 0})
    assert (await stranger.hear("ack", id="r"))["gone"] == [ref]
    await stranger.send(type="message", id="m", conversation=ref, text="hello?")
    assert (await stranger.hear("error", id="m"))["code"] == "not_found"
    await shopper.send(type="message", id="x", conversation=ref, text="secret")
    await shopper.hear("ack", id="x")
    await stranger.nothing("message")
    for each in (shopper, console, stranger):
        await each.close()


def hold(ref, held, release):
    """Another writer has the conversation for a moment: texts wait for their next group, handlers for the lock."""
    with scopes_disabled(), transaction.atomic():
        Conversation.objects.select_for_update().get(ref=ref)
        held.set()
        release.wait(10)
    connection.close()


async def test_what_follows_a_text_on_its_socket_comes_after_it():
    store, manager = await shop()
    bread = await database_sync_to_async(VariantFactory)(store=store, price=350, stock=5)
    title, slug = bread.product.title, bread.product.slug
    shopper, console, ref = await talking(store, manager)
    held, release = threading.Event(), threading.Event()
    holding = asyncio.create_task(asyncio.to_thread(hold, ref, held, release))
    await asyncio.to_thread(held.wait, 10)
    await console.send(type="message", id="t", conversation=ref, text="We have this")
    await console.send(type="message", id="c", conversation=ref, kind="product", card={"product": slug})
    await console.send(type="message", id="bye", conversation=ref, text="Goodbye")
    await console.send(type="end", id="end", conversation=ref)
    await asyncio.sleep(0.3)
    release.set()
    await holding
    await console.hear("ack", id="end")
    said = [text for _, role, text in await stored(ref) if role == "manager"]
    assert said == ["We have this", title, "Goodbye"]
    for each in (shopper, console):
        await each.close()


async def test_nothing_is_said_after_the_end():
    store, manager = await shop()
    shopper, console, ref = await talking(store, manager)
    await shopper.send(type="end", id="e", conversation=ref)
    await shopper.hear("ack", id="e")
    assert (await console.hear("conversation", state="ended"))["conversation"] == ref
    before = await stored(ref)
    await console.send(type="message", id="late", conversation=ref, text="one more")
    assert (await console.hear("error", id="late"))["code"] == "ended"
    assert await stored(ref) == before
    for each in (shopper, console):
        await each.close()


async def test_a_browser_without_a_cookie_only_watches():
    store, _ = await shop()
    socket = await wire("/ws/u/harbour/")
    await socket.hear("hello")
    await socket.send(type="start", id="s", store=store.slug, text="hello")
    assert (await socket.hear("error", id="s"))["code"] == "not_found"
    assert await database_sync_to_async(Conversation.objects.count)() == 0
    await socket.close()


@pytest.mark.parametrize("text", [None, "", "   ", 5, "x" * 4001, "null\x00", "\ud800"])
async def test_a_wrong_text_is_refused_and_nothing_is_stored(text):
    store, manager = await shop()
    shopper, console, ref = await talking(store, manager)
    before = await stored(ref)
    await shopper.send(type="message", id="w", conversation=ref, text=text)
    answer = await shopper.hear("error")
    assert answer["code"] == "invalid"
    assert await stored(ref) == before
    for each in (shopper, console):
        await each.close()


def test_visitor_cookies_are_signed():
    assert visitor_cookie("v1")["visitor"] != "v1"


async def test_a_claimed_number_that_was_never_given_holds_nothing_back():
    store, manager = await shop()
    shopper, console, ref = await talking(store, manager)
    for each in (shopper, console):
        await each.close()
    liar, console = await shopper_wire(store), await console_wire(store, manager)
    await liar.send(type="resume", id="r", conversations={ref: 2**31 - 1})
    await liar.hear("ack", id="r")
    await console.send(type="resume", id="r", conversations={ref: 0})
    await console.hear("ack", id="r")
    await liar.send(type="message", id="x", conversation=ref, text="still here")
    assert (await console.hear("message", id="x"))["seq"] == 3
    for each in (liar, console):
        await each.close()
