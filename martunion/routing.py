"""All sockets of the platform, gathered from the apps."""

from typing import Any

from chat.routing import websocket_urlpatterns as chat_sockets

websocket_urlpatterns: list[Any] = [*chat_sockets]
