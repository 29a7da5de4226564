"""The sockets of this process by topic, and the one line to the other processes.

Both ends in one process: a frame goes straight from one to the other. Otherwise it travels in one Redis message with
all others of the same moment. Redis may be away: what is stored is brought up by its owner (see `on_return`).
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

import orjson
import redis.asyncio
from django.conf import settings

from core.live.announcing import CHANNEL, CHECK, Entry, envelope

if TYPE_CHECKING:
    from core.live.socket import Socket

logger = logging.getLogger(__name__)

LISTENERS_ASKED_EVERY = 1.0
SILENCE_LOOKED_AT_EVERY = 5.0
SILENT_FOR = 40.0
"""Seconds without any frame after which a client counts as gone; it pings every 25."""
ASKED_EVERY = 60.0
"""Seconds after which a socket asks by itself whether it may stay: an event may get lost, some ends have none."""
SHARE_ASKED = 0.2
GONE = 1001
MOST_UNSENT = 50_000
HEARD_WITHIN = 2.0
"""Seconds for which a socket waits until its process hears the others."""
AWAY = (OSError, redis.RedisError)


class Hub:
    """One per event loop. `ordered` is called for frames that have a place in their topic's order."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.origin = secrets.token_hex(8)
        self.sockets: set[Socket] = set()
        self.topics: dict[str, set[Socket]] = {}
        self.ordered: Callable[[str, str, int], None] | None = None
        self.on_return: list[Callable[[], None]] = []
        self._moments: set[asyncio.Task[None]] = set()
        self._unsent: list[Entry] = []
        self._something = asyncio.Event()
        self._alone = 0
        self.listening = asyncio.Event()
        self._tasks = [
            loop.create_task(work)
            for work in (self._listen(), self._publish(), self._count_listeners(), self._drop_the_silent())
        ]

    async def stop(self) -> None:
        """Let go of Redis and the loop (the end of a server, or of a test's loop)."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        global _hub
        if _hub is self:
            _hub = None

    @property
    def has_others(self) -> bool:
        """Asked in the moment in which somebody begins, the answer may be old: alone is who has heard so twice."""
        return self._alone < 2

    async def heard(self) -> None:
        """Wait until what other processes say is heard here: a client misses nothing from its `hello` on.

        Not for long: with Redis away those in one process go on talking.
        """
        if not self.listening.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARD_WITHIN):
                    await self.listening.wait()

    def keep(self, task: asyncio.Task[None]) -> None:
        """Hold on to a task of the moment; the loop itself only knows it weakly."""
        self._moments.add(task)
        task.add_done_callback(self._moments.discard)

    def join(self, topic: str, socket: Socket) -> None:
        """From now on the socket gets what is said on the topic."""
        self.topics.setdefault(topic, set()).add(socket)
        socket.topics.add(topic)

    def leave(self, topic: str, socket: Socket) -> None:
        """No longer."""
        socket.topics.discard(topic)
        if (sockets := self.topics.get(topic)) is not None:
            sockets.discard(socket)
            if not sockets:
                del self.topics[topic]

    def deliver(self, topic: str, text: str, *, but: Socket | None = None) -> None:
        """To the sockets of this process alone."""
        sockets = self.topics.get(topic)
        if sockets:
            # A socket that is full leaves its topics while we walk.
            for socket in tuple(sockets):
                if text[0] == "!":
                    socket.told(text)
                elif socket is not but:
                    socket.push(text)

    def tell(self, topic: str, text: str, *, but: Socket | None = None) -> None:
        """To the sockets of this process and of all others."""
        self.deliver(topic, text, but=but)
        self.tell_others(((topic, text, 0),))

    def tell_others(self, entries: Iterable[Entry]) -> None:
        """To the sockets of the other processes; with all that is said in this moment in one message."""
        if not self.has_others:
            return
        self._unsent.extend(entries)
        if len(self._unsent) > MOST_UNSENT:
            # Redis is away for long. What is stored is brought up on return, the rest was of the moment.
            del self._unsent[: MOST_UNSENT // 2]
        self._something.set()

    def hear(self, data: bytes) -> None:
        """What another process said."""
        origin, entries = orjson.loads(data)
        if origin == self.origin:
            self._listens()
            return
        if origin:
            self._alone = 0
        for topic, text, place in entries:
            if isinstance(topic, list):
                for each in topic:
                    self.deliver(each, text)
            elif place and self.ordered is not None:
                self.ordered(topic, text, place)
            else:
                self.deliver(topic, text)

    async def _listen(self) -> None:
        pause = 0.1
        while wanted():
            try:
                async with redis.asyncio.Redis.from_url(settings.REDIS_URL) as line, line.pubsub() as subscription:
                    await subscription.subscribe(CHANNEL)
                    while wanted():
                        message = await subscription.get_message(timeout=15.0)
                        if message is None:
                            await subscription.ping()
                        elif message["type"] == "subscribe":
                            pause = 0.1
                            self.listening.clear()
                            # Who believes to be alone says nothing to others. When this comes back, they have it too.
                            await line.publish(CHANNEL, envelope(self.origin, ()))
                        elif message["type"] == "message":
                            self.hear(message["data"])
            except AWAY as error:
                self.listening.clear()
                logger.warning("The line to the other processes is down (%s); trying again.", error)
                await asyncio.sleep(pause)
                pause = min(2.0, pause * 2)

    def _listens(self) -> None:
        """One's own voice has come back: whatever is said from now on is heard here."""
        if self.listening.is_set():
            return
        self.listening.set()
        for call in self.on_return:
            call()

    async def _publish(self) -> None:
        async with redis.asyncio.Redis.from_url(settings.REDIS_URL) as line:
            while wanted():
                await self._something.wait()
                self._something.clear()
                entries, self._unsent = self._unsent, []
                try:
                    await line.publish(CHANNEL, envelope(self.origin, entries))
                except AWAY as error:
                    logger.warning("Could not speak to the other processes (%s).", error)
                    await asyncio.sleep(0.2)

    async def _count_listeners(self) -> None:
        """With nobody else listening nothing needs to travel. A process that starts says so itself (see `_listen`)."""
        async with redis.asyncio.Redis.from_url(settings.REDIS_URL) as line:
            while wanted():
                try:
                    counts = await line.pubsub_numsub(CHANNEL)
                    self._alone = self._alone + 1 if int(counts[0][1]) == 1 else 0
                except AWAY:
                    self._alone = 0
                if wanted():
                    await asyncio.sleep(LISTENERS_ASKED_EVERY)

    async def _drop_the_silent(self) -> None:
        """A network that went away tells nobody; who has not pinged for long is gone."""
        while True:
            await asyncio.sleep(SILENCE_LOOKED_AT_EVERY)
            oldest = monotonic() - SILENT_FOR
            for socket in [socket for socket in self.sockets if socket.heard_at < oldest]:
                socket.give_up(GONE)
            unasked = monotonic() - ASKED_EVERY
            for socket in [socket for socket in self.sockets if socket.asked_at < unasked]:
                # Not all that were opened at once ask at once.
                if random.random() < SHARE_ASKED:
                    socket.told(CHECK)


def wanted() -> bool:
    """Whether the running task has not been cancelled: redis-py may turn a cancellation into an error of its own."""
    task = asyncio.current_task()
    return task is None or not task.cancelling()


_hub: Hub | None = None


def the_hub() -> Hub:
    """The hub of the running loop; a new loop (the next test) gets a new one."""
    global _hub
    loop = asyncio.get_running_loop()
    if _hub is None or _hub.loop is not loop:
        _hub = Hub(loop)
    return _hub
