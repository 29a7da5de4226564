"""All sockets of the platform, gathered from the apps."""

from typing import Any

websocket_urlpatterns: list[Any] = []
