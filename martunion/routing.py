"""All sockets of the platform, gathered from the apps."""

from typing import Any

from orders.routing import websocket_urlpatterns as orders_sockets
from stores.routing import websocket_urlpatterns as stores_sockets

websocket_urlpatterns: list[Any] = [*stores_sockets, *orders_sockets]
