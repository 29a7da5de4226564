"""Sockets of tests: real ASGI application, real Redis, real PostgreSQL."""

import json

from channels.db import database_sync_to_async
from django.conf import settings
from django.core import signing
from django.test import Client

from martunion.asgi import application
from tests.factories.stores import StoreFactory, StoreStaffFactory
from tests.factories.unions import UnionFactory
from tests.sockets import WebsocketCommunicator
from unions.middleware.visitor import COOKIE, SALT


def is_so(frame, kind, fields):
    """Whether a frame is of this type and has these fields."""
    return frame["type"] == kind and all(frame.get(name) == value for name, value in fields.items())


class Wire:
    """A client's end of a socket, as a program would hold it."""

    def __init__(self, communicator):
        self.communicator = communicator
        self.heard = []

    async def send(self, **frame):
        await self.communicator.send_to(json.dumps(frame))

    async def hear(self, kind, **fields):
        """The next frame of this type with these fields; others that come before are kept in `heard`."""
        while True:
            text = await self.communicator.receive_from()
            frame = json.loads(text)
            self.heard.append(frame)
            if is_so(frame, kind, fields):
                return frame

    async def has_heard(self, kind, **fields):
        """This frame, come already or yet to come: what travels by Redis has no order beside an `ack`."""
        come = next((frame for frame in self.heard if is_so(frame, kind, fields)), None)
        return come or await self.hear(kind, **fields)

    async def hear_any(self, frame_id):
        """The answer to what was sent with this id: its `ack` or its `error`."""
        while True:
            frame = json.loads(await self.communicator.receive_from())
            self.heard.append(frame)
            if frame["type"] in {"ack", "error"} and frame.get("id") == frame_id:
                return frame

    async def nothing(self, kind, *, within=0.3):
        """That no frame of this type comes."""
        while not await self.communicator.receive_nothing(timeout=within):
            frame = json.loads(await self.communicator.receive_from())
            assert frame["type"] != kind, frame

    async def close(self):
        await self.communicator.disconnect()


async def wire(path, *, cookies=None):
    headers = [(b"origin", b"http://localhost")]
    if cookies:
        headers.append((b"cookie", "; ".join(f"{name}={value}" for name, value in cookies.items()).encode()))
    communicator = WebsocketCommunicator(application, path, headers=headers)
    connected, _ = await communicator.connect()
    assert connected
    return Wire(communicator)


def visitor_cookie(visitor):
    return {COOKIE: signing.dumps(visitor, salt=SALT)}


@database_sync_to_async
def session_cookie(user):
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


@database_sync_to_async
def shop(**fields):
    """A published store of a union, with a manager who may talk."""
    store = StoreFactory(union=UnionFactory(slug=fields.pop("union", "harbour")), **fields)
    staff = StoreStaffFactory(store=store, permissions=["console", "orders"])
    return store, staff.user


async def shopper_wire(store, visitor="v1"):
    """A shopper's socket after `hello`."""
    socket = await wire(f"/ws/u/{store.union.slug}/", cookies=visitor_cookie(visitor))
    socket.hello = await socket.hear("hello")
    return socket


async def console_wire(store, user, *, state="available"):
    """A manager's socket after `hello`, logged in."""
    socket = await wire(f"/ws/console/{store.union.slug}/{store.slug}/", cookies=await session_cookie(user))
    socket.hello = await socket.hear("hello")
    if state:
        await socket.send(type="presence", id="here", state=state)
        await socket.hear("ack", id="here")
    return socket


async def talking(store, manager, *, visitor="v1"):
    """A shopper and a manager in an active conversation: (shopper's wire, manager's wire, reference)."""
    console = await console_wire(store, manager)
    shopper = await shopper_wire(store, visitor)
    await shopper.send(type="start", id="s", store=store.slug, text="Is the lamp still there?")
    ref = (await shopper.hear("ack", id="s"))["conversation"]["conversation"]
    await shopper.send(type="resume", id="r", conversations={ref: 0})
    await shopper.hear("ack", id="r")
    await console.send(type="accept", id="a", conversation=ref)
    await console.hear("ack", id="a")
    await console.send(type="resume", id="r", conversations={ref: 0})
    await console.hear("ack", id="r")
    await shopper.hear("message", conversation=ref, seq=2)
    return shopper, console, ref
