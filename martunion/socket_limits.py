"""What Daphne itself lets through: sockets see a frame only after it has been read into memory as a whole."""

from __future__ import annotations

from typing import Any

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

LARGEST_MESSAGE = 1 << 20
"""Bytes after which the connection is dropped unread; what a socket takes is far less (core.live.socket)."""
OF_THE_PROTOCOL = {1008, 1009}


class LimitedProtocol(WebSocketProtocol):
    """Daphne's protocol has no limit of its own, and Autobahn lets only private close codes be sent."""

    def onConnect(self, request: Any) -> Any:  # noqa: N802
        self.maxMessagePayloadSize = LARGEST_MESSAGE
        return super().onConnect(request)

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802
        if code in OF_THE_PROTOCOL:
            self.sendCloseFrame(code=code, isReply=False)
        else:
            super().serverClose(code)


def limit_messages() -> None:
    """Let the Daphne of this process speak the limited protocol."""
    WebSocketFactory.protocol = LimitedProtocol
