"""Sockets of the redirect."""

from django.urls import path, re_path

from chat.consumers import ConsoleSocket, ShopperSocket

websocket_urlpatterns = [
    path("ws/u/<slug:union>/", ShopperSocket.as_asgi()),
    re_path(r"^ws/console/(?P<union>[a-z0-9-]+)/(?P<store>[a-z0-9-]+)/$", ConsoleSocket.as_asgi()),
]
