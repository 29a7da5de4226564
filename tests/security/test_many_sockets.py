"""How many sockets one network address may have open: the next is told to wait, and a place is free when one ends."""

import signal
from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from core.clients import network_of
from martunion.asgi import application
from martunion.socket_limits import TOO_MANY_SOCKETS
from tests.chat.test_swift import served
from tests.chat.wires import shop
from tests.factories.unions import UnionFactory
from tests.sockets import WebsocketCommunicator

pytestmark = pytest.mark.django_db(transaction=True)


async def opened(store, client: str, *, forwarded: str = "") -> WebsocketCommunicator:
    """A socket from a network address, after its handshake."""
    headers = [(b"origin", b"http://localhost")]
    if forwarded:
        headers.append((b"x-forwarded-for", forwarded.encode()))
    socket = WebsocketCommunicator(application, f"/ws/u/{store.union.slug}/", headers=headers)
    socket.scope["client"] = [client, 50_000]
    assert (await socket.connect())[0]
    return socket


async def first_word(socket: WebsocketCommunicator) -> object:
    """`hello`, or the code with which it is closed."""
    output = await socket.receive_output()
    return output["code"] if output["type"] == "websocket.close" else "hello" in output["text"] and "hello"


@pytest.mark.parametrize(
    ("same", "another"),
    [("203.0.113.7", "203.0.113.8"), ("2001:db8:0:1::a", "2001:db8:0:2::a"), ("::ffff:203.0.113.7", "203.0.113.8")],
)
async def test_an_address_has_so_many_sockets_and_another_its_own(settings, same, another):
    settings.SOCKETS_PER_ADDRESS = 2
    store, _manager = await shop()
    lines = [await opened(store, same) for _ in range(3)]
    assert [await first_word(line) for line in lines] == ["hello", "hello", TOO_MANY_SOCKETS]
    neighbour = await opened(store, another)
    assert await first_word(neighbour) == "hello"
    await lines[0].disconnect()
    lines.append(await opened(store, same))
    assert await first_word(lines[-1]) == "hello"
    for line in (lines[1], lines[3], neighbour):
        await line.disconnect()


async def test_the_machines_of_one_ipv6_network_count_together(settings):
    settings.SOCKETS_PER_ADDRESS = 1
    store, _manager = await shop()
    one = await opened(store, "2001:db8:0:1::a")
    other = await opened(store, "2001:db8:0:1:ffff::b")
    assert (await first_word(one), await first_word(other)) == ("hello", TOO_MANY_SOCKETS)
    await one.disconnect()


async def test_behind_proxies_the_address_that_they_saw_counts(settings):
    settings.SOCKETS_PER_ADDRESS, settings.NUM_PROXIES = 1, 1
    store, _manager = await shop()
    one = await opened(store, "10.0.0.1", forwarded="198.51.100.1, 203.0.113.7")
    invented = await opened(store, "10.0.0.1", forwarded="198.51.100.2, 203.0.113.7")
    other = await opened(store, "10.0.0.1", forwarded="203.0.113.8")
    assert [await first_word(each) for each in (one, invented, other)] == ["hello", TOO_MANY_SOCKETS, "hello"]
    for line in (one, other):
        await line.disconnect()


def test_each_process_has_its_own_count_and_one_that_is_killed_leaves_nothing_behind():
    UnionFactory(slug="harbour")

    def fill(port, lines):
        """Open as many as there may be, and hear how the next one is closed."""
        address = f"127.0.0.1:{port}"
        for _ in range(2):
            line = connect(f"ws://{address}/ws/u/harbour/", origin=f"http://{address}", open_timeout=60)
            assert '"hello"' in lines.enter_context(line).recv(timeout=60)
        third = connect(f"ws://{address}/ws/u/harbour/", origin=f"http://{address}", open_timeout=60)
        with third, pytest.raises(ConnectionClosed) as end:
            third.recv(timeout=60)
        return end.value.rcvd.code

    limited = {"SOCKETS_PER_ADDRESS": "2"}
    with served(**limited) as staying, ExitStack() as lines:
        assert fill(staying, lines) == TOO_MANY_SOCKETS
        with served(ends_with=signal.SIGKILL, **limited) as killed:
            assert fill(killed, lines) == TOO_MANY_SOCKETS
        with served(**limited) as again, ExitStack() as more:
            assert fill(again, more) == TOO_MANY_SOCKETS


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", None),
        (None, None),
    ],
)
def test_what_counts_as_one_network(address, network):
    assert network_of(address) == network
