"""Sockets of orders."""

from django.urls import path

from orders.consumers import ConsoleConsumer

websocket_urlpatterns = [
    path("ws/console/<slug:union>/<slug:store>/", ConsoleConsumer.as_asgi()),
]
