"""How a pair of each system connects and speaks."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from dataclasses import dataclass, field

from benchmarks.machine import Machine
from benchmarks.talk.pairs import TEXT, Pair, Side
from benchmarks.talk.wire import Wire, connect

# Run by `manage.py shell`: conversations under way, with the cookies of both sides.
SEED = """
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core import signing
from django.utils import timezone
from accounts.models import User
from chat.models import Conversation, Participant
from core.references import new_reference
from stores.models import Store, StoreStaff
from django_scopes import scopes_disabled
from unions.middleware.visitor import COOKIE, SALT
open_to_all = scopes_disabled()
open_to_all.__enter__()
store, now, told = Store.objects.order_by("pk").first(), timezone.now(), []
for n in range({pairs}):
    user = User.objects.create(email=f"m{{n}}@example.org", name=f"M {{n}}", password="!")
    StoreStaff.objects.create(union=store.union, store=store, user=user, permissions=["console"])
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    talk = Conversation.objects.create(union=store.union, store=store, ref=new_reference("B", 12), state="active",
        visitor=f"v{{n}}", manager=user, created_at=now)
    for role, who in (("shopper", None), ("manager", user)):
        Participant.objects.create(union=store.union, conversation=talk, role=role, user=who, joined_at=now)
    told.append([talk.ref, signing.dumps(f"v{{n}}", salt=SALT), session.session_key])
print("TOLD" + json.dumps([store.union.slug, store.slug, COOKIE, told]))
"""
PRODUCTION = {"DEBUG": "0", "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
PING = re.compile(rb'^\{"type":"ping","n":(\d+)')


@dataclass
class Ours:
    """Conversations of one store, each with a shopper and a manager."""

    port: int
    union: str
    store: str
    cookie: str
    talks: list[tuple[str, str, str]]
    run: bytes = field(default_factory=lambda: secrets.token_hex(4).encode())
    """Begins the ids of this run's messages; the same id again would be the same message."""

    async def pair(self, index: int) -> Pair:
        ref, visitor, session = self.talks[index]
        shopper = await self._side(f"/ws/u/{self.union}/", f"{self.cookie}={visitor}", ref)
        manager = await self._side(f"/ws/console/{self.union}/{self.store}/", f"sessionid={session}", ref)
        return shopper, manager

    async def _side(self, path: str, cookie: str, ref: str) -> Side:
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        side: Side

        def heard(wire: Wire, text: bytes) -> None:
            if text.startswith(b'{"type":"message"'):
                side.heard()
            elif text.startswith(b'{"type":"ack"'):
                if ready.done():
                    side.acknowledged += 1
                else:
                    ready.set_result(None)
            elif asked := PING.match(text):
                wire.send(b'{"type":"pong","n":%s}' % asked[1])
            elif text.startswith(b'{"type":"hello"'):
                wire.send(json.dumps({"type": "resume", "id": "r", "conversations": {ref: 2**31 - 1}}).encode())
            elif text.startswith(b'{"type":"error"'):
                raise AssertionError(text)

        wire = await connect(self.port, path, heard=heard, headers={"Cookie": cookie, "Origin": "http://127.0.0.1"})
        head = b'{"type":"message","conversation":"%s","text":"%s","id":"%s-' % (ref.encode(), TEXT, self.run)
        side = Side(wire, lambda number: head + b'%d"}' % number)
        await asyncio.wait_for(ready, 30)
        return side


def seed_ours(here: Machine, name: str, *, pairs: int) -> tuple[str, str, str, list[tuple[str, str, str]]]:
    """Union, store, name of the visitor's cookie, and (reference, visitor, session) of each conversation."""
    said = here.manage("shell", "--no-imports", "-c", SEED.format(pairs=pairs), name=name, **PRODUCTION)
    union, store, cookie, talks = json.loads(said[said.index("TOLD") + 4 :])
    return union, store, cookie, [tuple(each) for each in talks]


async def bare_pair(port: int, index: int) -> Pair:
    """A pair of the floor."""
    sides = []
    for letter in "ab":
        side = Side.__new__(Side)
        wire = await connect(port, f"/{index}/{letter}/", heard=lambda _wire, _text, side=side: side.heard())
        Side.__init__(side, wire, lambda _number: TEXT)
        sides.append(side)
    return sides[0], sides[1]


async def socketio_pair(port: int, index: int) -> Pair:
    """A pair of the peer, in Engine.IO's own words."""
    one, other = [await _socketio_side(port, index) for _ in range(2)]
    return one, other


async def _socketio_side(port: int, index: int) -> Side:
    joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    side = Side.__new__(Side)

    def heard(wire: Wire, text: bytes) -> None:
        if text.startswith(b'42["m"'):
            side.heard()
        elif text == b"2":
            wire.send(b"3")
        elif text.startswith(b"0"):
            wire.send(b"40")
        elif text.startswith(b"40"):
            wire.send(b'420["join","p%d"]' % index)
        elif text.startswith(b"430"):
            joined.set_result(None)

    wire = await connect(port, "/socket.io/?EIO=4&transport=websocket", heard=heard)
    Side.__init__(side, wire, lambda _number: b'42["m","%s"]' % TEXT)
    await asyncio.wait_for(joined, 30)
    return side
