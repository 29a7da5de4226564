"""Who is told what: mails in the shopper's language, each once, and frames on the store's console."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import gettext

from core.outbox import deliver_waiting
from orders import tasks
from orders.models import Order
from orders.queries.cart_review import review_cart
from orders.services.cancelling import cancel_order
from orders.services.fulfilment import accept_order, pack_order, ship_order
from orders.services.mail.orders import send_order_mail, send_purchase_mail, send_store_mail
from orders.services.purchase import pay, place_purchase
from stores.models import Store
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, OrderFactory, market, ready_cart
from tests.factories.stores import StoreStaffFactory
from tests.factories.unions import UnionStaffFactory, owner_of
from tests.sockets import WebsocketCommunicator

REFUSED = 4403


def bought(there, *, token="bank:approves", language="en"):
    cart = ready_cart(there, token=token)
    digest = review_cart(cart=cart, now=NOW, language=language).digest
    purchase = place_purchase(cart=cart, digest=digest, language=language, origin="website", now=NOW)
    pay(purchase=purchase, now=NOW)
    return purchase


@pytest.mark.django_db
def test_the_confirmation_says_what_was_bought_and_where_to_follow_it():
    there = market(name="Cornwall", contact_email="office@cornwall.example")
    purchase = bought(there)
    send_purchase_mail(purchase=purchase, now=NOW)
    (message,) = mail.outbox
    assert message.to == ["ada@example.com"]
    assert message.reply_to == ["office@cornwall.example"]
    assert message.subject == f"Your purchase {purchase.number} at Cornwall"
    for text in (
        "2 × Bread (large): £7.00",
        "1 × Lamp: £24.00",
        "Parcel: £4.00",
        "£35.00",
        f"/track/{purchase.token}/",
    ):
        assert text in message.body
        assert text in message.alternatives[0][0]


@pytest.mark.django_db
def test_a_shipped_order_is_mailed_with_its_parcel():
    there = market()
    order = bought(there).orders.select_related("union", "purchase", "store").order_by("id")[0]
    for step in (accept_order, pack_order):
        step(order=order, actor=None, now=NOW)
    ship_order(order=order, actor=None, now=NOW, carrier="Royal Mail", tracking_number="RM123")
    send_order_mail(order=order, state="shipped", now=NOW)
    (message,) = mail.outbox
    assert message.subject == "Your order from Bakery is on its way"
    assert "Royal Mail RM123" in message.body
    assert "Lamp" not in message.body


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["accepted", "packed", "shipped", "delivered", "completed", "cancelled"])
@pytest.mark.parametrize("kind", ["delivery", "pickup"])
def test_every_step_has_words_of_its_own(state, kind):
    order = OrderFactory(state=state, delivery_kind=kind)
    send_order_mail(order=order, state=state, now=NOW)
    (message,) = mail.outbox
    assert order.store.name in message.subject
    assert order.number in message.body
    asks = "Say with a few stars how it is:\nhttp" in message.body and f"#{order.number}" in message.body
    assert asks == (state in ("delivered", "completed"))


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["placed", "paid"])
def test_steps_of_which_shoppers_hear_otherwise_are_not_mailed(state):
    send_order_mail(order=OrderFactory(state=state), state=state, now=NOW)
    assert mail.outbox == []


@pytest.mark.django_db
def test_handlers_queue_one_mail_per_step(django_capture_on_commit_callbacks, monkeypatch):
    queued = []
    monkeypatch.setattr(tasks.mail_purchase, "delay", lambda *args: queued.append(("purchase", *args)))
    monkeypatch.setattr(tasks.mail_order, "delay", lambda *args: queued.append(("order", *args)))
    monkeypatch.setattr(tasks.mail_store, "delay", lambda *args: queued.append(("store", *args)))
    purchase = bought(market())
    order, other = purchase.orders.select_related("union").order_by("id")
    accept_order(order=order, actor=None, now=NOW)
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            while deliver_waiting(now=timezone.now() + timedelta(hours=2)):
                pass
    assert sorted(queued) == [
        ("order", order.pk, "accepted"),
        ("purchase", purchase.pk),
        ("store", order.pk),
        ("store", other.pk),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["shop@bakery.example", ""])
def test_a_new_order_is_mailed_to_its_store_else_to_its_owners(address):
    there = market(name="Cornwall", languages=["ko", "en"])
    Store.objects.filter(pk=there.first.pk).update(email=address)
    owner = owner_of(there.first.membership)
    order = bought(there).orders.select_related("union", "purchase", "store").get(store=there.first)
    send_store_mail(order=order)
    (message,) = mail.outbox
    assert message.to == [address or owner.email]
    assert message.reply_to == ["ada@example.com"]
    assert order.number in message.subject and "Bakery" in message.subject
    with translation.override("ko"):
        assert gettext("Accept the order") in message.body
    for text in ("2 × Bread (large)", "Ada Trevithick", f"/manage/{there.union.slug}/{there.first.slug}/orders/"):
        assert text in message.body
        assert text in message.alternatives[0][0]
    assert "Lamp" not in message.body


@pytest.mark.django_db
@pytest.mark.parametrize(("token", "mailed"), [("bank:declines-funds", 0), ("bank:approves", 1)])
def test_a_cancelled_order_is_mailed_only_when_it_had_been_paid(
    token, mailed, django_capture_on_commit_callbacks, monkeypatch
):
    queued = []
    for silent in (tasks.mail_purchase, tasks.mail_store):
        monkeypatch.setattr(silent, "delay", lambda *args: None)
    monkeypatch.setattr(tasks.mail_order, "delay", lambda *args: queued.append(args))
    orders = bought(market(), token=token).orders.select_related("union").order_by("id")
    if mailed:
        cancel_order(order=orders[0], actor=None, reason="Sold out.", now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        while deliver_waiting(now=timezone.now() + timedelta(hours=2)):
            pass
    assert queued == [(orders[0].pk, "cancelled")] * mailed
    assert orders[0].state == "cancelled"


@pytest.mark.django_db
def test_a_late_answer_of_the_bank_reaches_the_purchase_through_its_event():
    there = market()
    cart = ready_cart(there)
    digest = review_cart(cart=cart, now=NOW).digest
    purchase = place_purchase(cart=cart, digest=digest, language="en", origin="website", now=NOW)
    from payments.services.requests import authorize

    authorize(payment_request=purchase.payment_request, now=NOW)
    assert set(purchase.orders.values_list("state", flat=True)) == {"placed"}
    while deliver_waiting(now=timezone.now() + timedelta(hours=2)):
        pass
    assert set(purchase.orders.values_list("state", flat=True)) == {"paid"}


def console(user, union: str, store: str) -> WebsocketCommunicator:
    from martunion.asgi import application

    client = Client()
    if user is not None:
        client.force_login(user)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    headers = [(b"cookie", cookies.encode()), (b"origin", b"http://testserver"), (b"host", b"testserver")]
    return WebsocketCommunicator(application, f"/ws/console/{union}/{store}/", headers=headers)


async def hang_up(socket: WebsocketCommunicator) -> None:
    """Disconnect, and close what the thread behind the event loop keeps open."""
    await socket.disconnect()
    await sync_to_async(lambda: connection.close())()


async def first_word(user, union: str, store: str):
    """What the socket says first, and the code with which it closes, if it does."""
    socket = await sync_to_async(console)(user, union, store)
    await socket.connect()
    said = await socket.receive_json_from()
    closed = None
    if said["type"] == "error":
        closed = (await socket.receive_output())["code"]
    await hang_up(socket)
    return said, closed


@pytest.mark.django_db(transaction=True)
def test_the_tracking_page_hears_of_its_own_purchase_only():
    there = market()
    mine, other = OrderFactory(store=there.first), OrderFactory(store=there.first)
    token = mine.purchase.token

    def line() -> WebsocketCommunicator:
        from martunion.asgi import application

        headers = [(b"origin", b"http://testserver"), (b"host", b"testserver")]
        return WebsocketCommunicator(application, f"/ws/u/{there.union.slug}/", headers=headers)

    def packed(order: Order) -> None:
        Order.objects.filter(pk=order.pk).update(state="accepted")
        pack_order(order=order, actor=None, now=NOW)
        while deliver_waiting(now=timezone.now() + timedelta(hours=2)):
            pass

    async def follow(token: str) -> tuple[WebsocketCommunicator, dict]:
        socket = line()
        await socket.connect()
        assert (await socket.receive_json_from())["type"] == "hello"
        await socket.send_json_to({"type": "purchase", "id": "p", "token": token})
        return socket, await socket.receive_json_from()

    async def walk() -> list:
        socket, answer = await follow(token)
        heard = [answer]
        await sync_to_async(packed)(other)
        heard.append(await socket.receive_nothing(0.3))
        await sync_to_async(packed)(mine)
        heard.append(await socket.receive_json_from())
        await hang_up(socket)
        stranger, answer = await follow("x" * 43)
        heard.append(answer["code"])
        await hang_up(stranger)
        return heard

    assert asyncio.run(walk()) == [{"type": "ack", "id": "p"}, True, {"type": "purchase.changed"}, "not_found"]


@pytest.mark.django_db(transaction=True)
def test_the_console_hears_of_orders_without_reloading():
    there = market()
    order = OrderFactory(store=there.first)
    manager = owner_of(there.first.membership)

    async def listen() -> list[dict]:
        socket = await sync_to_async(console)(manager, there.union.slug, there.first.slug)
        await socket.connect()
        frames = [await socket.receive_json_from()]
        await socket.send_json_to({"type": "ping"})
        frames.append(await socket.receive_json_from())
        await sync_to_async(accept_and_deliver)(order)
        frames.append(await socket.receive_json_from())
        await socket.send_to(text_data="no json")
        frames.append(await socket.receive_json_from())
        await hang_up(socket)
        return frames

    def accept_and_deliver(order: Order) -> None:
        Order.objects.filter(pk=order.pk).update(state="accepted")
        pack_order(order=order, actor=manager, now=NOW)
        while deliver_waiting(now=timezone.now() + timedelta(hours=2)):
            pass

    hello, pong, changed, error = asyncio.run(listen())
    assert (hello["type"], hello["waiting"]["paid"]) == ("hello", 1)
    assert pong == {"type": "pong"}
    assert changed == {"type": "order.changed", "number": order.number, "state": "packed", "waiting": 0}
    assert (error["type"], error["code"]) == ("error", "invalid")


@pytest.mark.django_db(transaction=True)
def test_only_those_who_handle_its_orders_hear_a_stores_console():
    there, other = market(), market()
    union, store = there.union.slug, there.first.slug
    packer = StoreStaffFactory(store=there.first, permissions=["orders"]).user
    clerk = StoreStaffFactory(store=there.first, permissions=["catalogue"]).user
    office = UnionStaffFactory(union=there.union).user
    sibling = owner_of(there.second.membership)
    elsewhere = UnionStaffFactory(union=other.union).user
    for person in (owner_of(there.first.membership), packer, office):
        said, closed = asyncio.run(first_word(person, union, store))
        assert (said["type"], closed) == ("hello", None)
    for person, code in (
        (None, "not_found"),
        (UserFactory(), "not_found"),
        (sibling, "not_found"),
        (elsewhere, "not_found"),
        (clerk, "not_allowed"),
    ):
        said, closed = asyncio.run(first_word(person, union, store))
        assert (said["code"], closed) == (code, REFUSED)
    said, closed = asyncio.run(first_word(packer, other.union.slug, store))
    assert (said["code"], closed) == ("not_found", REFUSED)
