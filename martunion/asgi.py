"""Sockets, and on a laptop plain HTTP too: `daphne martunion.asgi:application`."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "martunion.settings")

http = get_asgi_application()

from martunion.routing import websocket_urlpatterns  # noqa: E402  (needs the app registry)
from martunion.socket_limits import limit_messages  # noqa: E402  (Daphne has chosen its event loop by now)

limit_messages()

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)
