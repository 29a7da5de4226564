"""Sockets of the redirect."""

from typing import Any

from django.urls import path, re_path

from chat.consumers import ConsoleSocket, ShopperSocket

# Django's types know views only; Channels routes ASGI applications by the same patterns.
_shopper: Any = ShopperSocket.as_asgi()
_console: Any = ConsoleSocket.as_asgi()

websocket_urlpatterns = [
    path("ws/u/<slug:union>/", _shopper),
    re_path(r"^ws/console/(?P<union>[a-z0-9-]+)/(?P<store>[a-z0-9-]+)/$", _console),
]
