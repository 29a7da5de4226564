"""A small WebSocket client (RFC 6455) with as little work per message as possible, the same for ours, floor and peer."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
PINGS_EVERY = 20.0
"""Seconds."""


class Wire(asyncio.Protocol):
    """One connection. `heard` is called with every text message; `lost` when the connection is gone."""

    def __init__(self, path: str, headers: dict[str, str], heard: Callable[[Wire, bytes], None]) -> None:
        self.path, self.headers, self.heard = path, headers, heard
        self.transport: asyncio.Transport
        self.open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._data = b""
        self._upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        lines = [
            f"GET {self.path} HTTP/1.1",
            "Host: 127.0.0.1",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        transport.write("\r\n".join(lines).encode() + b"\r\n\r\n")

    def data_received(self, data: bytes) -> None:
        self._data += data
        if not self._upgraded:
            head, end, rest = self._data.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head.partition(b"\r\n")[0]:
                self.open.set_exception(ConnectionError(head.decode("latin-1")[:200]))
                self.transport.close()
                return
            self._upgraded, self._data = True, rest
            self.open.set_result(None)
        self._read_frames()

    def _read_frames(self) -> None:
        data, at = self._data, 0
        while len(data) - at >= 2:
            kind, length, head = data[at] & 0x0F, data[at + 1] & 0x7F, 2
            if length == 126:
                length, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
            elif length == 127:
                length, head = int.from_bytes(data[at + 2 : at + 10], "big"), 10
            end = at + head + length
            if len(data) < end:
                break
            body = data[at + head : end]
            at = end
            if kind == TEXT:
                self.heard(self, body)
            elif kind == PING:
                self._send(PONG, body)
            elif kind == CLOSE:
                if not self.lost.done():
                    self.lost.set_result(int.from_bytes(body[:2], "big"))
                self.transport.close()
        self._data = data[at:]

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.open.done():
            self.open.set_exception(ConnectionError("closed in the handshake"))
        if not self.lost.done():
            self.lost.set_result(1006)

    def send(self, text: bytes) -> None:
        """Send a text message."""
        self._send(TEXT, text)

    def _send(self, kind: int, body: bytes) -> None:
        # A mask of zeros is a mask: the client's own cost is not what is measured.
        size = len(body)
        head = bytes([0x80 | kind, 0x80 | size]) if size < 126 else bytes([0x80 | kind, 0xFE]) + size.to_bytes(2, "big")
        self.transport.write(head + b"\0\0\0\0" + body)

    def close(self) -> None:
        """Drop the connection."""
        self.transport.abort()


async def connect(
    port: int, path: str, *, heard: Callable[[Wire, bytes], None], headers: dict[str, str] | None = None
) -> Wire:
    """An open connection. Raises ConnectionError."""
    loop = asyncio.get_running_loop()
    _, wire = await loop.create_connection(lambda: Wire(path, headers or {}, heard), "127.0.0.1", port)
    await wire.open
    return wire


@asynccontextmanager
async def kept_alive(wires: Sequence[Wire]) -> AsyncIterator[None]:
    """Meanwhile these ping as the platform's own clients do: who says nothing for 40 seconds counts as gone there.

    More may be added to the list while it is open.
    """

    async def ping() -> None:
        while True:
            await asyncio.sleep(PINGS_EVERY)
            for wire in wires:
                if not wire.lost.done():
                    wire.send(b'{"type":"ping"}')

    pings = asyncio.create_task(ping())
    try:
        yield
    finally:
        pings.cancel()


def most_files() -> None:
    """Thousands of sockets need as many files."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
