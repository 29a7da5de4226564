"""A store with a program's line, and what shoppers do meanwhile."""

import json

from channels.db import database_sync_to_async
from django.utils import timezone

from martunion.asgi import application
from matching.models import MatchResponse
from matching.queries.answers import response_to
from matching.services.using import use_response
from orders.services.contact import Contact
from stores.services.keys import issue_key
from tests.chat.wires import Wire
from tests.factories.matching import caller, shopper, thrown
from tests.factories.stores import TaxClassFactory
from tests.factories.unions import UnionFactory
from tests.sockets import WebsocketCommunicator


@database_sync_to_async
def place(*, scopes=("calls:write",), slug="harbour"):
    union = UnionFactory(slug=slug, currency="GBP")
    TaxClassFactory(union=union)
    store = caller(union, slug="lamps")
    return store, issue_key(union=union, name="List", scopes=scopes, actor=None, store=store)[1]


async def line(plain):
    """The program's line; the caller hears `hello` or an error."""
    headers = [(b"authorization", f"Bearer {plain}".encode())] if plain else [(b"origin", b"http://localhost")]
    communicator = WebsocketCommunicator(application, "/ws/connector/", headers=headers)
    connected, _ = await communicator.connect()
    assert connected
    return Wire(communicator)


async def open_line(plain):
    wire = await line(plain)
    wire.hello = await wire.hear("hello")
    return wire


@database_sync_to_async
def wish(union, **said):
    return thrown(union, now=timezone.now(), **said)


@database_sync_to_async
def use(request, *, state="offered"):
    """Press the button below the one answer that is in this state."""
    response = MatchResponse.objects.get(request=request, state=state)
    return use_response(
        shopper=shopper(request.union),
        response=response_to(request, response.ref),
        version=response.version,
        contact=Contact(name="Ada", email="ada@mail.example", language="en"),
        cart_token="t" * 40,
        now=timezone.now(),
    )


@database_sync_to_async
def answers():
    return [(one.title, one.price, one.state, one.version) for one in MatchResponse.objects.order_by("id")]


async def refused(plain):
    wire = await line(plain)
    frame = json.loads(await wire.communicator.receive_from())
    end = await wire.communicator.receive_output()
    return frame["code"], end["code"]
