"""Sockets of the matching."""

from typing import Any

from django.urls import path

from matching.consumers import ConnectorSocket

# Django's types know views only; Channels routes ASGI applications by the same patterns.
_connector: Any = ConnectorSocket.as_asgi()

websocket_urlpatterns = [path("ws/connector/", _connector)]
