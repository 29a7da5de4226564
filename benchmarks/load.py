"""A small HTTP/1.1 client and a closed loop over it: as many as are said, each sends as soon as it was answered.

Runs in the benchmark's own process with as little work per request as possible, the same for ours, floor and peer.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")


@dataclass
class Client:
    """One browser or program: keeps its cookies and, where the server allows, its connection."""

    host: str
    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None

    async def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Send one request and read its answer; a connection that the server closed is opened again."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if body:
            lines.append(f"Content-Length: {len(body)}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        request = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        for _attempt in range(2):
            fresh = self.writer is None
            if fresh:
                self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
            assert self.reader is not None and self.writer is not None
            try:
                self.writer.write(request)
                return await self._answer()
            except (asyncio.IncompleteReadError, ConnectionError):
                self.close()
                if fresh:
                    raise
        raise ConnectionError("the server closed twice")

    async def post(self, path: str, value: Any, method: str = "POST", **headers: str) -> Answer:
        return await self.send(method, path, json.dumps(value).encode(), Content_Type="application/json", **headers)

    async def _answer(self) -> Answer:
        assert self.reader is not None
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in head[1:-2])]
        length, chunked, closing = None, False, False
        for name, value in headers:
            if name == "content-length":
                length = int(value)
            elif name == "transfer-encoding":
                chunked = value.lower() == "chunked"
            elif name == "connection":
                closing = value.lower() == "close"
            elif name == "set-cookie":
                cookie, _, rest = value.partition("=")
                self.cookies[cookie] = rest.partition(";")[0]
        status = int(head[0].split(" ", 2)[1])
        if chunked:
            body = await self._chunks()
        elif length is not None:
            body = await self.reader.readexactly(length)
        else:
            body = b"" if status in {204, 304} else await self.reader.read()
        if closing or (length is None and not chunked):
            self.close()
        return Answer(status, headers, body)

    async def _chunks(self) -> bytes:
        assert self.reader is not None
        parts = []
        while size := int(await self.reader.readline(), 16):
            parts.append(await self.reader.readexactly(size))
            await self.reader.readexactly(2)
        await self.reader.readexactly(2)
        return b"".join(parts)

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


Story = Callable[[Client], Awaitable[None]]


def rate(story: Story, *, port: int, concurrency: int = 16, seconds: float = 8.0, warm_up: float = 2.0) -> float:
    """How many stories a second end, told by `concurrency` clients in a closed loop, after a warm-up."""
    return asyncio.run(_rate(story, port, concurrency, seconds, warm_up))


async def _rate(story: Story, port: int, concurrency: int, seconds: float, warm_up: float) -> float:
    begin = time.perf_counter() + warm_up
    end = begin + seconds
    told = 0

    async def teller() -> None:
        nonlocal told
        while time.perf_counter() < end:
            client = Client("127.0.0.1", port)
            for _round in range(50):
                await story(client)
                now = time.perf_counter()
                if begin <= now < end:
                    told += 1
                elif now >= end:
                    break
            client.close()

    await asyncio.gather(*(teller() for _ in range(concurrency)))
    return told / seconds


def page(path: str) -> Story:
    """The story of looking at one page; anything but 200 ends the benchmark."""

    async def look(client: Client) -> None:
        answer = await client.send("GET", path)
        if answer.status != 200:
            raise AssertionError(f"{path}: {answer.status} {answer.body[:300]!r}")

    return look
