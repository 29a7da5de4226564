"""Sockets of after-sales service."""

from typing import Any

from django.urls import path

from ascc.consumers import ProviderSocket

# Django's types know views only; Channels routes ASGI applications by the same patterns.
_provider: Any = ProviderSocket.as_asgi()

websocket_urlpatterns = [path("ws/provider/", _provider)]
