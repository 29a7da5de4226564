"""Programs at a console: a key opens its own store's and is shown as automatic; what they give away goes to people."""

import json

import pytest
from channels.db import database_sync_to_async
from django.contrib.sessions.models import Session
from django.utils import timezone

from chat.models import ConsoleSession, Conversation, Manager
from chat.queries.presence import presence_of
from core.live import end_session
from martunion.asgi import application
from orders.models import OrderDraft, PriceProposal
from stores.models import ApiKey
from stores.services.keys import issue_key, revoke_key
from tests.chat.wires import Wire, console_wire, shop, shopper_wire
from tests.factories.stores import StoreFactory, VariantFactory
from tests.sockets import WebsocketCommunicator

pytestmark = pytest.mark.django_db(transaction=True)


@database_sync_to_async
def key_of(store, *, scopes=("conversations:write",)):
    return issue_key(union=store.union, name="Answers", scopes=scopes, actor=None, store=store)[1]


async def program_wire(store, plain, *, slug=""):
    """A program's socket; it sends no `Origin`, as no browser would."""
    path = f"/ws/console/{store.union.slug}/{slug or store.slug}/"
    communicator = WebsocketCommunicator(application, path, headers=[(b"authorization", f"Bearer {plain}".encode())])
    connected, _ = await communicator.connect()
    assert connected
    return Wire(communicator)


async def refused(store, plain, **more):
    wire = await program_wire(store, plain, **more)
    frame = json.loads(await wire.communicator.receive_from())
    return frame["code"]


async def at_the_counter(store):
    wire = await program_wire(store, await key_of(store))
    await wire.hear("hello")
    await wire.send(type="presence", id="p", state="available")
    await wire.hear("ack", id="p")
    return wire


async def test_a_program_answers_and_is_shown_as_one():
    store, _manager = await shop()
    bot = await at_the_counter(store)
    presence = await database_sync_to_async(presence_of)(store.union, [store], now=timezone.now())
    assert (presence[store.pk].state, presence[store.pk].program, presence[store.pk].voice) == ("here", True, False)
    shopper = await shopper_wire(store)
    await shopper.send(type="start", id="s", store=store.slug, text="Anybody?")
    ref = (await shopper.hear("ack", id="s"))["conversation"]["conversation"]
    await shopper.send(type="resume", id="r", conversations={ref: 0})
    await shopper.hear("ack", id="r")
    await bot.send(type="accept", id="a", conversation=ref)
    await bot.hear("ack", id="a")
    await bot.send(type="resume", id="r", conversations={ref: 0})
    await bot.hear("ack", id="r")
    await bot.send(type="message", id="m", conversation=ref, text="Yes")
    assert (await shopper.hear("message", id="m"))["role"] == "program"
    # Nobody at the store but the program: what it gives away does not come back to it.
    await bot.send(type="assign", id="g", conversation=ref, to=0, note="wants a person")
    await bot.hear("ack", id="g")
    conversation = await database_sync_to_async(Conversation.objects.get)(ref=ref)
    assert (conversation.state, conversation.for_person, conversation.offered_to_id) == ("missed", True, None)
    await bot.close()
    await shopper.close()


async def test_a_key_opens_its_own_console_only():
    store, _manager = await shop()
    other = await database_sync_to_async(StoreFactory)(union=store.union)
    plain = await key_of(store)
    assert await refused(store, plain, slug=other.slug) == "not_found"
    assert await refused(store, plain, slug="-") == "not_found"
    assert await refused(store, "mu_unknown") == "not_found"
    assert await refused(store, await key_of(store, scopes=("orders:read",))) == "not_found"
    elsewhere, _ = await shop(union="elsewhere")
    assert await refused(elsewhere, plain) == "not_found"
    assert await database_sync_to_async(Manager.objects.count)() == 0


async def test_a_key_agrees_to_nothing_that_it_has_no_scope_for():
    store, _manager = await shop()
    bread = await database_sync_to_async(VariantFactory)(store=store, price=350, stock=5)
    bot = await at_the_counter(store)
    shopper = await shopper_wire(store)
    await shopper.send(type="start", id="s", store=store.slug, text="Less?")
    ref = (await shopper.hear("ack", id="s"))["conversation"]["conversation"]
    await bot.send(type="accept", id="a", conversation=ref)
    await bot.hear("ack", id="a")
    await shopper.send(type="proposal", id="o", conversation=ref, variant=bread.pk, quantity=1, price=300)
    named = await shopper.hear("ack", id="o")
    for number, frame in enumerate(
        [
            {"type": "accept_proposal", "proposal": named["proposal"], "expected": 300},
            {"type": "compose", "lines": [{"variant": bread.pk, "quantity": 1}]},
            {"type": "reserve", "service": "any", "starts_at": "2030-01-01T10:00:00Z"},
        ]
    ):
        await bot.send(**frame, id=f"n{number}", conversation=ref)
        assert (await bot.hear("error", id=f"n{number}"))["code"] == "not_allowed"
    proposal = await database_sync_to_async(PriceProposal.objects.get)()
    assert (proposal.state, await OrderDraft.objects.acount()) == ("offered", 0)
    await bot.close()
    await shopper.close()


async def test_a_revoked_key_closes_its_socket():
    store, _manager = await shop()
    bot = await at_the_counter(store)
    key = await database_sync_to_async(ApiKey.objects.get)(store=store)
    await database_sync_to_async(revoke_key)(key=key, actor=None, now=timezone.now())
    assert (await bot.hear("error"))["code"] == "access_ended"
    presence = await database_sync_to_async(presence_of)(store.union, [store], now=timezone.now())
    assert presence[store.pk].state == "away"
    await bot.close()
    stay = await database_sync_to_async(ConsoleSession.objects.get)()
    assert (stay.ended_by, stay.ended_at is not None) == ("refused", True)


async def test_signing_out_ends_the_stay_as_a_log_out():
    store, user = await shop()
    console = await console_wire(store, user)
    session = await database_sync_to_async(Session.objects.get)()
    await database_sync_to_async(end_session)(session.session_key)
    assert (await console.hear("error"))["code"] == "access_ended"
    await console.close()
    assert (await database_sync_to_async(ConsoleSession.objects.get)()).ended_by == "logged_out"
