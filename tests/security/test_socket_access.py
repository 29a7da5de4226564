"""A socket ends with what opened it, and takes frames of moderate size and number only."""

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.adapter import AccountAdapter
from core.live import hub
from core.live.socket import ENDED, LONGEST_FRAME, TOO_LARGE, TOO_OFTEN
from stores.models import StoreStaff
from stores.services.team import make_owner, remove_owner, remove_staff, set_permissions
from tests.factories.orders import market
from tests.factories.stores import StoreStaffFactory
from tests.factories.unions import UnionStaffFactory, owner_of
from tests.orders.test_told import hang_up
from tests.sockets import WebsocketCommunicator
from unions.models import Union
from unions.services.membership import release, suspend
from unions.services.staff import dismiss

pytestmark = pytest.mark.django_db(transaction=True)


def opened(client: Client, path: str) -> WebsocketCommunicator:
    from martunion.asgi import application

    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    headers = [(b"cookie", cookies.encode()), (b"origin", b"http://testserver"), (b"host", b"testserver")]
    return WebsocketCommunicator(application, path, headers=headers)


def after(path: str, user, change) -> list:
    """What a signed-in person's socket says after `change(client)`: frames, then the code with which it closes."""
    client = Client()
    if user is not None:
        client.force_login(user)

    async def listen() -> list:
        socket = opened(client, path)
        await socket.connect()
        assert (await socket.receive_json_from())["type"] == "hello"
        await sync_to_async(change)(client)
        said = await heard(socket)
        await hang_up(socket)
        return said

    return asyncio.run(listen())


async def heard(socket: WebsocketCommunicator) -> list:
    said = []
    while not await socket.receive_nothing(timeout=1.5, interval=0.05):
        output = await socket.receive_output()
        if output["type"] == "websocket.close":
            return [*said, output["code"]]
        said.append(json.loads(output["text"])["code"])
    return said


def console_of(store) -> str:
    return f"/ws/console/{store.union.slug}/{store.slug}/"


CLOSED = ["access_ended", ENDED]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda staff: set_permissions(staff=staff, permissions=["stock"], actor=None, now=timezone.now()), CLOSED),
        (lambda staff: remove_staff(staff=staff, actor=None, now=timezone.now()), CLOSED),
        (lambda staff: release(membership=staff.store.membership, actor=None, now=timezone.now()), CLOSED),
        (lambda staff: AccountAdapter().set_password(staff.user, "another pass phrase"), CLOSED),
        # The rest of its open orders is still the store's to finish.
        (lambda staff: suspend(membership=staff.store.membership, actor=None, now=timezone.now()), []),
        (
            lambda staff: set_permissions(staff=staff, permissions=["orders", "stock"], actor=None, now=timezone.now()),
            [],
        ),
    ],
    ids=["permission", "place", "membership", "password", "suspended", "more"],
)
def test_a_console_closes_as_soon_as_its_person_may_no_longer_listen(change, said):
    staff = StoreStaffFactory(store=market().first, permissions=["orders"])
    assert after(console_of(staff.store), staff.user, lambda _client: change(staff)) == said


def test_a_console_closes_when_ownership_or_a_place_in_the_office_ends():
    store = market().first
    owner, second = owner_of(store.membership), StoreStaffFactory(store=store).user
    make_owner(store=store, user=second, actor=owner, now=timezone.now())
    leave = lambda _client: remove_owner(store=store, user=second, actor=owner, now=timezone.now())  # noqa: E731
    assert after(console_of(store), second, leave) == CLOSED
    UnionStaffFactory(union=store.union)
    place = UnionStaffFactory(union=store.union)
    assert after(console_of(store), place.user, lambda _client: dismiss(place=place, actor=None)) == CLOSED


def test_signing_out_closes_the_sockets_of_that_sign_in_only():
    store = market().first
    owner = owner_of(store.membership)
    elsewhere = Client()
    elsewhere.force_login(owner)
    for path in (console_of(store), f"/ws/u/{store.union.slug}/"):
        assert after(path, owner, lambda client: client.post("/account/logout/")) == CLOSED
        assert after(path, owner, lambda _client: elsewhere.post("/account/logout/")) == []
        elsewhere.force_login(owner)


@pytest.fixture
def asking_often(monkeypatch):
    monkeypatch.setattr(hub, "SILENCE_LOOKED_AT_EVERY", 0.1)
    monkeypatch.setattr(hub, "ASKED_EVERY", 0.1)
    monkeypatch.setattr(hub, "SHARE_ASKED", 1.0)


@pytest.mark.parametrize(
    "silently",
    [
        lambda staff: StoreStaff.objects.all().delete(),
        lambda staff: Session.objects.all().delete() and None,
        lambda staff: type(staff.user).objects.update(is_active=False),
        lambda staff: type(staff.user).objects.update(password="!"),
    ],
    ids=["place", "session", "person", "password"],
)
def test_a_console_asks_again_by_itself_for_what_came_without_an_event(silently, settings, asking_often):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    staff = StoreStaffFactory(store=market().first, permissions=["orders"])
    assert after(console_of(staff.store), staff.user, lambda _client: silently(staff)) == CLOSED


def test_a_shoppers_socket_ends_with_its_union(asking_often):
    union = market().union
    path = f"/ws/u/{union.slug}/"
    assert after(path, None, lambda _client: None) == []
    assert after(path, None, lambda _client: Union.objects.update(is_published=False)) == CLOSED


@pytest.mark.parametrize("which", ["console", "shopper"])
@pytest.mark.parametrize(
    ("frames", "answers"),
    [
        ([{"text_data": "x" * (LONGEST_FRAME + 1)}], ["frame_too_large", TOO_LARGE]),
        ([{"bytes_data": b"x" * (LONGEST_FRAME + 1)}], ["frame_too_large", TOO_LARGE]),
        ([{"text_data": "{}"}] * 80, ["invalid"] * 60 + ["too_many_frames", TOO_OFTEN]),
    ],
    ids=["large", "bytes", "many"],
)
def test_frames_beyond_the_limits_are_told_so_and_close_the_socket(which, frames, answers, settings):
    settings.SOCKET_FRAMES_PER_SECOND = 0.0
    store = market().first
    client = Client()
    client.force_login(owner_of(store.membership))
    path = console_of(store) if which == "console" else f"/ws/u/{store.union.slug}/"

    async def flood() -> list:
        socket = opened(client, path)
        await socket.connect()
        await socket.receive_json_from()
        for frame in frames:
            await socket.send_to(**frame)
        said = await heard(socket)
        await hang_up(socket)
        return said

    assert asyncio.run(flood()) == answers


def test_an_allowance_fills_again_with_time(settings):
    settings.SOCKET_BURST, settings.SOCKET_FRAMES_PER_SECOND = 2, 20.0
    store = market().first

    async def talk() -> list:
        socket = opened(Client(), f"/ws/u/{store.union.slug}/")
        await socket.connect()
        await socket.receive_json_from()
        for _ in range(3):
            for _ in range(2):
                await socket.send_to(text_data='{"type": "ping"}')
                assert await socket.receive_json_from() == {"type": "pong"}
            await asyncio.sleep(0.15)
        for _ in range(4):
            await socket.send_to(text_data='{"type": "ping"}')
        said = [await socket.receive_output() for _ in range(4)]
        await hang_up(socket)
        return [output.get("code") or json.loads(output["text"])["type"] for output in said]

    assert asyncio.run(talk()) == ["pong", "pong", "error", TOO_OFTEN]
