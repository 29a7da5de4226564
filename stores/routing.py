"""Sockets of the stores."""

from django.urls import path

from stores.consumers import ShopperConsumer

websocket_urlpatterns = [path("ws/u/<slug:union>/", ShopperConsumer.as_asgi())]
