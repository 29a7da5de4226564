"""The shopper's socket: hello, ack, error, pong, and stock of exactly what may be seen."""

from datetime import UTC, datetime, timedelta

import pytest
from channels.db import database_sync_to_async
from django.db import connections
from django.utils import timezone
from django_scopes import scopes_disabled

from martunion.asgi import application
from stores.services.stock import HoldWant, set_holds
from stores.services.urgent import set_claim
from stores.services.urgent.telling import tell_sale
from tests.factories.stores import StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory
from tests.factories.urgent import urgent_sale
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


async def test_socket_tells_urgent_sales_of_what_is_watched_now_and_as_they_change():
    variant = await made(slug="harbour")

    @database_sync_to_async
    def planned():
        with scopes_disabled():
            now = timezone.now()
            return urgent_sale(variant, now=now, quantity=2, ends_at=now + timedelta(hours=1))

    @database_sync_to_async
    def claim(sale, shopper):
        with scopes_disabled():
            set_claim(sale=sale, shopper=shopper, quantity=1, now=timezone.now())
            tell_sale(sale_id=sale.pk, always=True, now=timezone.now())

    sale = await planned()
    socket = await opened("harbour")
    await socket.send_json_to({"type": "watch", "id": "a", "products": [variant.product_id]})
    assert (await socket.receive_json_from())["type"] == "ack"
    assert (await socket.receive_json_from())["type"] == "stock"
    sale_frame = await socket.receive_json_from()
    assert sale_frame == {
        "type": "urgent",
        "sale": sale.ref,
        "state": "running",
        "left": 2,
        "claimed": 0,
        "waiting": 0,
        "served": 0,
        "front": None,
        "now": sale_frame["now"],
    }
    assert abs(datetime.fromisoformat(sale_frame["now"]) - timezone.now()) < timedelta(minutes=1)
    await claim(sale, "user:1")
    frame = await socket.receive_json_from()
    assert (frame["type"], frame["left"], frame["claimed"]) == ("urgent", 1, 1)
    await socket.disconnect()
