"""Serves the sockets, and nothing else, with picows: `python -m martunion.swift --port 8001`.

Daphne is the default. This server is for unions with many conversations at once: the same ASGI application, the frames
parsed and masked in C (docs/performance.md has the figures). A refusal before the handshake's end, which picows answers
by itself, becomes a close code right after it. `/healthz` answers 200.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections import deque
from typing import Any
from urllib.parse import unquote

from picows import (
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)

LARGEST_MESSAGE = 1 << 20
REFUSED = 4403
FAILED = 1011
LINGERS = 2.0
"""Seconds between our close frame and the end of the connection."""


class Line(WSListener):
    """One connection between picows, which calls, and an ASGI application, which waits."""

    def __init__(self, application: Any, request: WSUpgradeRequest) -> None:
        self.application = application
        self.request = request
        self.transport: WSTransport
        self.events: deque[dict[str, Any]] = deque([{"type": "websocket.connect"}])
        self.waiter: asyncio.Future[None] | None = None
        self.writable: asyncio.Future[None] | None = None
        self.accepted = False
        self.parts = b""

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Begin the application."""
        self.transport = transport
        self.loop = asyncio.get_running_loop()
        self.task = self.loop.create_task(self.run())
        self.task.add_done_callback(_told)

    async def run(self) -> None:
        """Until the application has had enough."""
        code = FAILED
        try:
            await self.application(scope_of(self.request, self.transport), self.receive, self.send)
            code = 1000
        finally:
            self.hang_up(code)

    def hang_up(self, code: Any, reason: bytes = b"") -> None:
        """Say why, then let go: the other side has a moment to answer, or its end of the line would hear nothing."""
        if not self.transport.is_close_frame_sent:
            self.transport.send_close(code, reason)
            self.loop.call_later(LINGERS, self.transport.disconnect)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Hand a message to the application; pings are answered by picows."""
        kind = frame.msg_type
        if kind == WSMsgType.TEXT and frame.fin:
            self.put({"type": "websocket.receive", "text": frame.get_payload_as_utf8_text()})
        elif kind == WSMsgType.CLOSE:
            self.hang_up(frame.get_close_code())
            transport.disconnect()
        elif kind in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION):
            self.parts += frame.get_payload_as_bytes()
            if len(self.parts) > LARGEST_MESSAGE:
                self.hang_up(WSCloseCode.MESSAGE_TOO_BIG)
            elif frame.fin:
                whole, self.parts = self.parts, b""
                # What it began as is no matter: bytes are no frame of ours, and no browser sends a text in parts.
                self.put({"type": "websocket.receive", "bytes": whole})

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The other side is gone."""
        self.put({"type": "websocket.disconnect", "code": 1006})
        self.resume_writing()

    def pause_writing(self) -> None:
        """The reader is slow: the application's next send waits."""
        self.writable = self.loop.create_future()

    def resume_writing(self) -> None:
        """It has caught up."""
        if self.writable is not None and not self.writable.done():
            self.writable.set_result(None)
        self.writable = None

    def put(self, event: dict[str, Any]) -> None:
        """An event for the application."""
        self.events.append(event)
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    async def receive(self) -> dict[str, Any]:
        """ASGI's receive."""
        while not self.events:
            self.waiter = self.loop.create_future()
            await self.waiter
        return self.events.popleft()

    async def send(self, event: dict[str, Any]) -> None:
        """ASGI's send."""
        kind = event["type"]
        if kind == "websocket.send":
            text = event.get("text")
            if text is not None:
                self.transport.send(WSMsgType.TEXT, text.encode())
            else:
                self.transport.send(WSMsgType.BINARY, event["bytes"])
            if self.writable is not None:
                await self.writable
        elif kind == "websocket.accept":
            self.accepted = True
        elif kind == "websocket.close":
            self.hang_up(event.get("code", 1000) if self.accepted else REFUSED, (event.get("reason") or "").encode())


def scope_of(request: WSUpgradeRequest, transport: WSTransport) -> dict[str, Any]:
    """The ASGI scope of a handshake."""
    path, _, query = request.path.partition(b"?")
    peer = transport.underlying_transport.get_extra_info("peername")
    return {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.items()
        ],
        "subprotocols": [],
        "client": list(peer[:2]) if peer else None,
        "state": {},
    }


def _told(task: asyncio.Task[None]) -> None:
    """An application's own failure is said on the log."""
    if not task.cancelled() and (error := task.exception()) is not None:
        task.get_loop().call_exception_handler({"message": "A socket's application failed.", "exception": error})


async def serve(application: Any, *, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)

    def line(request: WSUpgradeRequest) -> Any:
        if request.path.partition(b"?")[0] == b"/healthz":
            return WSUpgradeResponseWithListener(WSUpgradeResponse.create_ok_response(b"ok"), None)
        return Line(application, request)

    server = await ws_create_server(
        line, host, port, max_frame_size=LARGEST_MESSAGE, enable_auto_ping=False, backlog=4096
    )
    await over.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m martunion.swift")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--application", default="martunion.asgi:application")
    wanted = parser.parse_args()
    module, _, name = wanted.application.partition(":")
    from importlib import import_module

    application = getattr(import_module(module), name)
    asyncio.run(serve(application, host=wanted.host, port=wanted.port))


if __name__ == "__main__":
    main()
