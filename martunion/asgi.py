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
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "martunion.settings")

http = get_asgi_application()

from martunion.routing import websocket_urlpatterns  # noqa: E402  (needs the app registry)
from martunion.socket_limits import (  # noqa: E402  (Daphne has chosen its event loop by now)
    few_per_address,
    limit_messages,
)

limit_messages()


def signed_in(sockets: Any) -> Any:
    """Give a handshake its session and its person.

    Channels' own middleware asks the session with each frame sent whether it wants saving; a socket changes none.
    """
    store = import_module(settings.SESSION_ENGINE).SessionStore

    async def known(scope: dict[str, Any], receive: Any, send: Any) -> None:
        scope["session"] = store(scope["cookies"].get(settings.SESSION_COOKIE_NAME))
        scope["user"] = await get_user(scope)
        await sockets(scope, receive, send)

    return CookieMiddleware(known)


async def nowhere(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The answer to a socket at an address that there is not: a plain no before the handshake."""
    await receive()
    await send({"type": "websocket.close"})


def from_own_pages(sockets: Any) -> Any:
    """Let in pages of the host that they connect to, and programs with a key: no page can make a browser send one.

    ALLOWED_HOSTS alone would let in a page of any of our hosts, and on a laptop of any site that somebody looks at.
    """
    own_hosts = AllowedHostsOriginValidator(sockets)

    async def chosen(scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        if headers.get(b"authorization", b"")[:7].lower() == b"bearer ":
            await sockets(scope, receive, send)
        elif _is_elsewhere(origin=headers.get(b"origin"), host=headers.get(b"host")):
            await nowhere(scope, receive, send)
        else:
            await own_hosts(scope, receive, send)

    return chosen


def _is_elsewhere(*, origin: bytes | None, host: bytes | None) -> bool:
    """Whether a page of another host asks; scheme and port are known to our proxy, and not always told."""
    if origin is None or host is None:
        return False
    return _name(origin.lower().partition(b"://")[2]) != _name(host.lower())


def _name(host: bytes) -> bytes:
    return host.rpartition(b"]")[0] if host.startswith(b"[") else host.partition(b":")[0]


# Django's types know views only; Channels routes ASGI applications by the same patterns.
_nowhere: Any = nowhere

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": from_own_pages(
            few_per_address(signed_in(URLRouter([*websocket_urlpatterns, re_path(r"", _nowhere)])))
        ),
    }
)
