"""Whom a socket's door lets in, and what no frame carries past it."""

import asyncio
import json

import pytest

from martunion.asgi import application
from tests.chat.wires import shop, shopper_wire, talking, visitor_cookie
from tests.factories.unions import UnionFactory
from tests.sockets import WebsocketCommunicator

transactional = pytest.mark.django_db(transaction=True)
NUL = "a\x00b"


def knocked(path: str, **headers: str) -> bool:
    """Whether a socket opens there for somebody with these headers."""

    async def knock() -> bool:
        given = [(name.encode(), value.encode()) for name, value in headers.items()]
        socket = WebsocketCommunicator(application, path, headers=given)
        is_open, _code = await socket.connect()
        await socket.disconnect()
        return is_open

    return asyncio.run(knock())


@transactional
@pytest.mark.parametrize(
    ("origin", "host", "is_open"),
    [
        ("http://union.example", "union.example", True),
        ("https://UNION.example:8443", "union.example:8000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("https://evil.example", "union.example", False),
        ("https://union.example.evil.example", "union.example", False),
        ("https://other.union.example", "union.example", False),
        ("null", "union.example", False),
        ("http://[::2]", "[::1]", False),
    ],
)
def test_a_page_of_another_host_opens_no_socket_even_where_every_host_is_allowed(settings, origin, host, is_open):
    settings.ALLOWED_HOSTS = ["*"]
    path = f"/ws/u/{UnionFactory().slug}/"
    assert knocked(path, origin=origin, host=host) is is_open


@transactional
def test_only_a_key_stands_in_for_an_origin():
    path = f"/ws/u/{UnionFactory().slug}/"
    page = {"origin": "https://evil.example", "host": "union.example"}
    # A browser sends a password of the site's own by itself, a key never.
    assert not knocked(path, **page, authorization="Basic YTpi")
    assert knocked(path, **page, authorization="Bearer mu_made-up")


@pytest.mark.parametrize("path", ["/ws/", "/ws/u/a b/", "/ws/u/harbour", "/ws/console/harbour/%00/", "/elsewhere/"])
def test_a_socket_at_an_address_that_there_is_not_is_refused(path):
    assert not knocked(path, origin="http://localhost", host="localhost")


async def _answers(*frames: str) -> list[dict]:
    socket = WebsocketCommunicator(
        application,
        "/ws/u/harbour/",
        headers=[
            (b"origin", b"http://localhost"),
            *((b"cookie", f"{name}={value}".encode()) for name, value in visitor_cookie("v1").items()),
        ],
    )
    await socket.connect()
    await socket.receive_from()
    answers = []
    for frame in frames:
        await socket.send_to(frame)
        answers.append(json.loads(await socket.receive_from()))
    await socket.disconnect()
    return answers


@transactional
def test_an_id_that_cannot_be_said_again_is_refused_and_the_socket_stays():
    UnionFactory(slug="harbour")
    ids = ["[" * 300 + "]" * 300, '{"a":' * 300 + "1" + "}" * 300, "[]", "true", "1.5", json.dumps("x" * 201)]
    answers = asyncio.run(_answers(*(f'{{"type":"dance","id":{one}}}' for one in ids), '{"type":"dance","id":"after"}'))
    assert [(answer["code"], answer["id"]) for answer in answers] == [
        *[("invalid", None)] * len(ids), ("unknown_type", "after"),
    ]  # fmt: skip


@transactional
@pytest.mark.parametrize(
    "frame",
    [
        {"type": "presence", "stores": [NUL]},
        {"type": "resume", "conversations": {NUL: 1}},
        {"type": "page", "page": f"/{NUL}"},
        {"type": NUL},
        {"type": "event", "page": "/", "place": [[[{"deep": [NUL]}]]]},
    ],
)
def test_no_nul_character_comes_past_the_door(frame):
    UnionFactory(slug="harbour")
    answers = asyncio.run(_answers(json.dumps({**frame, "id": "n"}), '{"type":"dance","id":"after"}'))
    assert [(answer["code"], answer["id"]) for answer in answers] == [("invalid", "n"), ("unknown_type", "after")]


@transactional
def test_what_only_looks_like_a_nul_is_a_text_like_any_other():
    async def talk() -> str:
        store, manager = await shop()
        shopper, console, ref = await talking(store, manager)
        await shopper.send(type="message", id="m", conversation=ref, text="write \\u0000 there")
        await shopper.hear("ack", id="m")
        text = (await console.hear("message", id="m"))["text"]
        for each in (shopper, console):
            await each.close()
        return text

    assert asyncio.run(talk()) == "write \\u0000 there"


@transactional
@pytest.mark.parametrize(
    "page", ["javascript:alert(1)", "https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example"]
)
def test_a_page_is_one_of_ours(page):
    async def talk() -> tuple[dict, dict]:
        store, _manager = await shop()
        shopper = await shopper_wire(store)
        await shopper.send(type="start", id="s", store=store.slug, text="hello", page=page)
        begun = (await shopper.hear("ack", id="s"))["conversation"]
        await shopper.send(type="page", id="p", page=page)
        moved = await shopper.hear_any("p")
        await shopper.close()
        return begun, moved

    begun, moved = asyncio.run(talk())
    assert begun["page"] == ""
    assert (moved["type"], moved["code"], moved["field"]) == ("error", "invalid", "page")
