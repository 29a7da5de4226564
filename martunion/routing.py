"""All sockets of the platform, gathered from the apps."""

from typing import Any

from stores import routing as stores

websocket_urlpatterns: list[Any] = [*stores.websocket_urlpatterns]
