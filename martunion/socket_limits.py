"""What comes before a socket: how many one address opens, and how large a message may become in memory.

Daphne hands on a message only after it has been read as a whole, so its size is limited in its own protocol.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings

from core.clients import address_in, network_of

LARGEST_MESSAGE = 1 << 20
"""Bytes after which the connection is dropped unread; what a socket takes is far less (core.live.socket)."""
OF_THE_PROTOCOL = {1008, 1009}
TOO_MANY_SOCKETS = 4429
"""This address has as many sockets open here as one may have; the client comes back after a while."""


def few_per_address(sockets: Any) -> Any:
    """At most `SOCKETS_PER_ADDRESS` open at once from one network address in this process.

    Counted in the memory of the process that holds them: whatever ends the process ends its sockets and its count, so
    nothing can be left over, and no connection waits for Redis (docs/adr/0093). Asked before session and person.
    """
    opened: Counter[str] = Counter()

    async def counted(scope: dict[str, Any], receive: Any, send: Any) -> None:
        network = network_of(address_in(scope))
        if network is None:
            await sockets(scope, receive, send)
            return
        if opened[network] >= settings.SOCKETS_PER_ADDRESS:
            await receive()
            # A browser hears a code only after the handshake; and no frame, or it would come back at once.
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": TOO_MANY_SOCKETS})
            return
        opened[network] += 1
        try:
            await sockets(scope, receive, send)
        finally:
            opened[network] -= 1
            if not opened[network]:
                del opened[network]

    return counted


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
