"""All sockets of the platform, gathered from the apps."""

from typing import Any

from orders.routing import websocket_urlpatterns as orders_sockets

websocket_urlpatterns: list[Any] = [*orders_sockets]
