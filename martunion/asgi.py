"""Sockets, and on a laptop plain HTTP too: `daphne martunion.asgi:application`."""

import os
from importlib import import_module
from typing import Any

from channels.auth import get_user
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from channels.sessions import CookieMiddleware
from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "martunion.settings")

http = get_asgi_application()

from martunion.routing import websocket_urlpatterns  # noqa: E402  (needs the app registry)
from martunion.socket_limits import limit_messages  # noqa: E402  (Daphne has chosen its event loop by now)

limit_messages()


def signed_in(sockets: Any) -> Any:
    """Give a handshake its session and its person.

    Channels' own middleware asks the session with each frame that is sent whether it wants saving; a socket changes none.
    """
    store = import_module(settings.SESSION_ENGINE).SessionStore

    async def known(scope: dict[str, Any], receive: Any, send: Any) -> None:
        scope["session"] = store(scope["cookies"].get(settings.SESSION_COOKIE_NAME))
        scope["user"] = await get_user(scope)
        await sockets(scope, receive, send)

    return CookieMiddleware(known)


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
        "websocket": from_own_pages(signed_in(URLRouter(websocket_urlpatterns))),
    }
)
