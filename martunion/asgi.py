"""Sockets, and on a laptop plain HTTP too: `daphne martunion.asgi:application`."""

import os
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "martunion.settings")

http = get_asgi_application()

from martunion.routing import websocket_urlpatterns  # noqa: E402  (needs the app registry)
from martunion.socket_limits import limit_messages  # noqa: E402  (Daphne has chosen its event loop by now)

limit_messages()


def from_own_pages(sockets: Any) -> Any:
    """Let in pages of our own hosts, and programs with a key: no page can make a browser send one."""
    own_pages = AllowedHostsOriginValidator(sockets)

    async def chosen(scope: dict[str, Any], receive: Any, send: Any) -> None:
        has_key = any(name == b"authorization" for name, _value in scope["headers"])
        await (sockets if has_key else own_pages)(scope, receive, send)

    return chosen


application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": from_own_pages(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)
