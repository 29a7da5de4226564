"""From its `hello` on a client misses nothing, also in a process that has just begun."""

import asyncio
from time import monotonic

import pytest
from asgiref.sync import sync_to_async
from redis.asyncio.client import PubSub

from core.live import announce, hub
from core.live.announcing import CHANNEL
from core.live.hub import Hub
from tests.chat.wires import console_wire, shop

pytestmark = pytest.mark.django_db(transaction=True)
subscribe = PubSub.subscribe


async def test_hello_comes_when_the_process_hears_the_others(monkeypatch):
    store, manager = await shop()

    async def slowly(self, *channels, **more):
        await asyncio.sleep(0.5)
        return await subscribe(self, *channels, **more)

    monkeypatch.setattr(PubSub, "subscribe", slowly)
    console = await console_wire(store, manager)
    await sync_to_async(announce)({f"store.{store.pk}": {"type": "order.changed", "number": "A"}})
    assert (await console.hear("order.changed"))["number"] == "A"
    await console.close()


async def test_without_redis_hello_comes_all_the_same(monkeypatch):
    store, manager = await shop()
    monkeypatch.setattr(hub, "HEARD_WITHIN", 0.3)

    async def never(self, *channels, **more):
        assert channels == (CHANNEL,)
        raise ConnectionRefusedError

    monkeypatch.setattr(PubSub, "subscribe", never)
    begun = monotonic()
    console = await console_wire(store, manager)
    assert console.hello["type"] == "hello"
    assert monotonic() - begun >= 0.3
    await console.close()


class Ear:
    """A socket as far as a hub knows it."""

    def __init__(self, of, topic):
        self.topics = set()
        self.heard = asyncio.Queue()
        of.join(topic, self)

    def push(self, text):
        """What the client would get."""
        self.heard.put_nowait(text)


async def test_who_was_alone_speaks_to_a_process_that_has_just_begun(monkeypatch):
    monkeypatch.setattr(hub, "LISTENERS_ASKED_EVERY", 0.02)
    loop = asyncio.get_running_loop()
    old = Hub(loop)
    while not old.listening.is_set() or old.has_others:
        await asyncio.sleep(0.01)
    monkeypatch.setattr(hub, "LISTENERS_ASKED_EVERY", 60.0)
    await asyncio.sleep(0.1)
    new = Hub(loop)
    ear = Ear(new, "street")
    await new.heard()
    assert new.listening.is_set()
    async with asyncio.timeout(5):
        while not old.has_others:
            await asyncio.sleep(0)
    old.tell("street", "hello")
    assert await asyncio.wait_for(ear.heard.get(), 5) == "hello"
    await old.stop()
    await new.stop()
