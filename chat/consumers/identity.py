"""Who is at the other end of a handshake."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from accounts.models import User
from stores.authentication import is_alive
from stores.models import ApiKey
from stores.services.keys import find_key
from unions.middleware.visitor import visitor_in
from unions.models import Union
from unions.queries import unions_at


def union_of(scope: dict[str, Any]) -> Union | None:
    """The union in the socket's address, if it lives here."""
    union = unions_at(host=None, slug=scope["url_route"]["kwargs"]["union"])[1]
    return union if union is not None and not union.is_elsewhere else None


def visitor_of(scope: dict[str, Any]) -> str:
    """The opaque visitor of this browser, or an empty text."""
    return visitor_in(scope.get("cookies", {}))


def language_of(scope: dict[str, Any], union: Union) -> str:
    """The language of the page: the cookie if the union speaks it, else the union's first."""
    chosen = scope.get("cookies", {}).get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in union.languages else union.default_language


def device_of(scope: dict[str, Any]) -> str:
    """What the browser says about itself."""
    for name, value in scope["headers"]:
        if name == b"user-agent":
            return value.decode("latin-1")[:200].replace("\x00", "")
    return ""


def key_of(scope: dict[str, Any]) -> ApiKey | None:
    """The living key in `Authorization: Bearer …`; a browser cannot send one, so no page of others can either."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            kind, _, plain = value.decode("latin-1").partition(" ")
            key = find_key(plain=plain.strip()) if kind.lower() == "bearer" else None
            return key if key is not None and is_alive(key) else None
    return None


def user_of(scope: dict[str, Any]) -> User | None:
    """The signed-in person behind the lazy wrapper that Channels puts into the scope, or None."""
    user: Any = scope["user"]
    user = getattr(user, "_wrapped", user)
    return user if isinstance(user, User) and user.is_active else None
