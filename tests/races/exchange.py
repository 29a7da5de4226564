"""Pairs that talk over several socket servers at once, each side wherever it finds one, and what they make of losses.

`python -m tests.races.exchange` is not meant: tests and `tests/races/test_talking.py` drive it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

MOST_UNDER_WAY = 3
ANSWERED_WITHIN = 10.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""As static/js/live.js does: who is turned away at a crowded door does not knock faster than it opens."""

# Run inside the platform: a store with conversations under way, and the cookies of both sides.
OPEN = """
import json
from django.conf import settings
from django.core import signing
from django.test import Client
from django.utils import timezone
from chat.models import Conversation, Participant
from core.references import new_reference
from tests.factories.stores import StoreFactory, StoreStaffFactory
from tests.factories.unions import UnionFactory
from unions.middleware.visitor import COOKIE, SALT
store, now, told = StoreFactory(union=UnionFactory(slug="harbour")), timezone.now(), []
for n in range({pairs}):
    user = StoreStaffFactory(store=store, permissions=["console"]).user
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    talk = Conversation.objects.create(union=store.union, store=store, ref=new_reference("X", 12), state="active",
        visitor=f"v{{n}}", manager=user, created_at=now)
    for role, who in (("shopper", None), ("manager", user)):
        Participant.objects.create(union=store.union, conversation=talk, role=role, user=who, joined_at=now)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    visitor = signing.dumps(f"v{{n}}", salt=SALT)
    told.append([talk.ref, f"{{COOKIE}}={{visitor}}", f"{{settings.SESSION_COOKIE_NAME}}={{session}}"])
print(json.dumps([f"/ws/u/{{store.union.slug}}/", f"/ws/console/{{store.union.slug}}/{{store.slug}}/", told]))
"""


@dataclass
class Side:
    """One end of a conversation, as `docs/asyncapi` asks of a client: it sends again what was not acknowledged."""

    ports: list[int]
    path: str
    cookie: str
    ref: str
    name: str
    unacknowledged: dict[str, str] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    heard: dict[int, str] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    last: int = 0
    sent: int = 0
    connections: int = 0
    is_following: bool = False
    resumed_at: float = 0.0
    trouble: list[str] = field(default_factory=list)
    _line: Any = None

    async def stay(self) -> None:
        """Be connected, for ever, to whichever server answers; with longer pauses as long as none does."""
        pause = SHORTEST_PAUSE
        while True:
            with contextlib.suppress(OSError, WebSocketException, TimeoutError):
                await self._talk(random.choice(self.ports))
            pause = SHORTEST_PAUSE if self.is_following else min(LONGEST_PAUSE, pause * 2)
            self.is_following = False
            self._line = None
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))

    async def _talk(self, port: int) -> None:
        headers = {"Cookie": self.cookie, "Origin": "http://127.0.0.1"}
        async with connect(
            f"ws://127.0.0.1:{port}{self.path}", additional_headers=headers, open_timeout=20, ping_interval=None,
            compression=None, proxy=None, close_timeout=1,
        ) as line:  # fmt: skip
            self.connections += 1
            while True:
                try:
                    frame = json.loads(await asyncio.wait_for(line.recv(), ANSWERED_WITHIN))
                except TimeoutError:
                    if self.unacknowledged or not self.is_following:
                        return
                    await line.send('{"type":"ping"}')
                    continue
                await self._take(line, frame)

    async def _take(self, line: Any, frame: dict[str, Any]) -> None:
        kind = frame["type"]
        if kind == "hello":
            await line.send(json.dumps({"type": "resume", "id": "resume", "conversations": {self.ref: self.last}}))
        elif kind == "ack" and frame["id"] == "resume":
            self._line, self.is_following, self.resumed_at = line, True, time.monotonic()
            for client_id, text in list(self.unacknowledged.items()):
                await self._send(client_id, text)
        elif kind == "ack":
            self._have(frame["seq"], frame["id"])
            self.acknowledged.setdefault(frame["id"], frame["seq"])
            if self.acknowledged[frame["id"]] != frame["seq"]:
                self.trouble.append(f"{frame['id']} got two numbers")
            self.unacknowledged.pop(frame["id"], None)
        elif kind == "message":
            if frame["seq"] not in self.heard:
                self.order.append(frame["seq"])
            self._have(frame["seq"], frame["id"])
            self.unacknowledged.pop(frame["id"], None)
        elif kind == "ping":
            await line.send(json.dumps({"type": "pong", "n": frame["n"]}))
        elif kind == "error" and frame.get("id") in self.unacknowledged:
            self.trouble.append(frame["code"])

    def _have(self, seq: int, client_id: str) -> None:
        if self.heard.setdefault(seq, client_id) != client_id:
            self.trouble.append(f"number {seq} is {self.heard[seq]} and {client_id}")
        while self.last + 1 in self.heard:
            self.last += 1

    async def _send(self, client_id: str, text: str) -> None:
        with contextlib.suppress(OSError, WebSocketException):
            if self._line is not None:
                frame = {"type": "message", "id": client_id, "conversation": self.ref, "text": text}
                await self._line.send(json.dumps(frame))

    async def chat(self, until: asyncio.Event, *, every: float) -> None:
        """Say something again and again, also while nobody can hear it: it is kept and sent later."""
        while not until.is_set():
            await asyncio.sleep(random.uniform(0.5, 1.5) * every)
            if len(self.unacknowledged) < MOST_UNDER_WAY:
                self.sent += 1
                client_id = f"{self.name}{self.sent}"
                self.unacknowledged[client_id] = f"message {self.sent} of {self.name}"
                await self._send(client_id, self.unacknowledged[client_id])


@dataclass
class Exchange:
    """All sides, running until they are told to stop."""

    sides: list[Side]
    every: float
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @classmethod
    def over(cls, ports: list[int], told: list[Any], *, every: float) -> Exchange:
        """The pairs that `OPEN` has made."""
        shoppers, consoles, talks = told
        sides = []
        for ref, visitor, session in talks:
            sides.append(Side(ports, shoppers, visitor, ref, "s"))
            sides.append(Side(ports, consoles, session, ref, "m"))
        return cls(sides, every)

    async def begin(self) -> None:
        """Everybody connects and talks."""
        self._tasks = [asyncio.create_task(side.stay()) for side in self.sides]
        await self.everybody(lambda side: side.is_following, within=120)
        self._tasks += [asyncio.create_task(side.chat(self._stop, every=self.every)) for side in self.sides]

    async def everybody(self, is_so: Any, *, within: float) -> None:
        """Wait until something is so for every side. Fails with how many it is not."""
        limit = time.monotonic() + within
        while missing := [side for side in self.sides if not is_so(side)]:
            one = missing[0]
            state = f"{one.path} connections {one.connections} following {one.is_following} last {one.last}"
            assert time.monotonic() < limit, f"{len(missing)} of {len(self.sides)} sides do not come back: {state}"
            await asyncio.sleep(0.2)

    async def settled(self, *, within: float) -> None:
        """Everybody is connected, and nothing is under way any more."""
        self._stop.set()
        await self.everybody(lambda side: side.is_following and not side.unacknowledged, within=within)
        newest: dict[str, int] = {}
        for side in self.sides:
            newest[side.ref] = max(newest.get(side.ref, 0), max(side.heard, default=0))
        await self.everybody(lambda side: side.last == newest[side.ref], within=within)

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def faults(self, rows: list[tuple[str, int, str]]) -> list[str]:
        """What is wrong, seen from both sides and from the database's rows (ref, seq, client id)."""
        stored: dict[str, dict[int, str]] = {}
        found = []
        for ref, seq, client_id in rows:
            stored.setdefault(ref, {})[seq] = client_id
        for ref, messages in stored.items():
            if sorted(messages) != list(range(1, len(messages) + 1)):
                found.append(f"{ref} has gaps")
            if len(set(messages.values())) != len(messages):
                found.append(f"{ref} has a message twice")
        for side in self.sides:
            messages = stored.get(side.ref, {})
            found += side.trouble
            found += [
                f"{key} was acknowledged and is lost"
                for key, seq in side.acknowledged.items()
                if messages.get(seq) != key
            ]
            if side.heard != messages:
                found.append(f"{side.name} of {side.ref} heard {len(side.heard)} of {len(messages)}")
            if side.order != sorted(side.order):
                found.append(f"{side.name} of {side.ref} heard out of order")
            own = [key for _seq, key in sorted(messages.items()) if key[0] == side.name]
            if own != [f"{side.name}{number}" for number in range(1, side.sent + 1)]:
                found.append(f"{side.name} of {side.ref} stands in another order than it was said")
        return found
