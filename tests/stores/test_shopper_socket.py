"""The shopper's socket: hello, ack, error, pong, and stock of exactly what may be seen."""

from datetime import UTC, datetime

import pytest
from channels.db import database_sync_to_async
from django.db import connections
from django_scopes import scopes_disabled

from martunion.asgi import application
from stores.services.stock import HoldWant, set_holds
from tests.factories.stores import StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory
from tests.sockets import WebsocketCommunicator
from unions.models import Membership

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def _no_connection_left(transactional_db):
    """The thread in which sockets read the database keeps its connection; the test database could not be dropped."""
    yield
    await database_sync_to_async(connections.close_all)()


@database_sync_to_async
def made(**fields):
    with scopes_disabled():
        return VariantFactory(store=StoreFactory(union=UnionFactory(**fields)), stock=5)


@database_sync_to_async
def hold(variant, quantity):
    with scopes_disabled():
        set_holds(union=variant.union, wants=[HoldWant("cart-line:1", variant.pk, quantity)], now=NOW)


@database_sync_to_async
def suspend():
    with scopes_disabled():
        Membership.objects.update(state=Membership.State.SUSPENDED)


async def opened(slug):
    socket = WebsocketCommunicator(application, f"/ws/u/{slug}/", headers=[(b"origin", b"http://localhost")])
    accepted, _ = await socket.connect()
    assert accepted
    hello = await socket.receive_json_from()
    assert (hello["type"], hello["union"], hello["conversations"]) == ("hello", slug, [])
    return socket


async def test_socket_tells_stock_now_and_as_it_changes():
    variant = await made(slug="harbour")
    socket = await opened("harbour")
    await socket.send_json_to({"type": "watch", "id": "a", "products": [variant.product_id]})
    assert await socket.receive_json_from() == {"type": "ack", "id": "a"}
    assert await socket.receive_json_from() == {"type": "stock", "variants": [{"id": variant.pk, "available": 5}]}
    await hold(variant, 2)
    frame = await socket.receive_json_from()
    assert [(told["id"], told["available"]) for told in frame["variants"]] == [(variant.pk, 3)]
    await socket.send_json_to({"type": "watch", "id": "b", "products": []})
    assert (await socket.receive_json_from())["type"] == "ack"
    assert await socket.receive_json_from() == {"type": "stock", "variants": []}
    await hold(variant, 1)
    assert await socket.receive_nothing()
    await socket.disconnect()


async def test_socket_tells_nothing_of_other_unions_and_hidden_goods():
    variant, stranger = await made(slug="harbour"), await made(slug="hills")
    socket = await opened("harbour")
    await socket.send_json_to({"type": "watch", "id": "a", "products": [stranger.product_id]})
    assert (await socket.receive_json_from())["type"] == "ack"
    assert await socket.receive_json_from() == {"type": "stock", "variants": []}
    await suspend()
    await socket.send_json_to({"type": "watch", "id": "b", "products": [variant.product_id]})
    assert (await socket.receive_json_from())["type"] == "ack"
    assert await socket.receive_json_from() == {"type": "stock", "variants": []}
    await hold(stranger, 1)
    assert await socket.receive_nothing()
    await socket.disconnect()


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("not json", "invalid"),
        ("[]", "invalid"),
        ("{}", "invalid"),
        ('{"type": 1}', "invalid"),
        ('{"type": "dance"}', "unknown_type"),
        ('{"type": "watch"}', "invalid"),
        ('{"type": "watch", "products": ["1"]}', "invalid"),
        ('{"type": "watch", "products": [true]}', "invalid"),
        ('{"type": "watch", "products": [99999999999999999999]}', "invalid"),
        ('{"type": "watch", "products": [' + ",".join("1" * 101) + "]}", "too_many"),
        ("[" * 15_000, "invalid"),
    ],
)
async def test_socket_answers_what_it_cannot_use_with_an_error(frame, code):
    await made(slug="harbour")
    socket = await opened("harbour")
    await socket.send_to(text_data=frame)
    answer = await socket.receive_json_from()
    assert (answer["type"], answer["code"]) == ("error", code)
    await socket.send_json_to({"type": "ping"})
    assert await socket.receive_json_from() == {"type": "pong"}
    await socket.disconnect()


@pytest.mark.parametrize("fields", [{"is_published": False}, {"address": "https://far.example/"}])
async def test_socket_is_closed_to_unions_that_are_not_here(fields):
    variant = await made(slug="harbour", **fields)
    for slug in (variant.union.slug, "nowhere"):
        socket = WebsocketCommunicator(application, f"/ws/u/{slug}/", headers=[(b"origin", b"http://localhost")])
        accepted, _ = await socket.connect()
        # A browser hears the code only of a connection that was opened; by it, it knows not to try again.
        assert accepted
        assert await socket.receive_output() == {"type": "websocket.close", "code": 4404}
