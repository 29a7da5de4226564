"""All sockets of the platform, gathered from the apps."""

from typing import Any

from ascc.routing import websocket_urlpatterns as service_sockets
from chat.routing import websocket_urlpatterns as chat_sockets
from matching.routing import websocket_urlpatterns as connector_sockets

websocket_urlpatterns: list[Any] = [*chat_sockets, *service_sockets, *connector_sockets]
