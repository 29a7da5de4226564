"""Sockets of orders."""

from django.urls import path

from orders.consumers import ConsoleConsumer, PurchaseConsumer

websocket_urlpatterns = [
    path("ws/u/<slug:union>/track/<str:token>/", PurchaseConsumer.as_asgi()),
    path("ws/console/<slug:union>/<slug:store>/", ConsoleConsumer.as_asgi()),
]
