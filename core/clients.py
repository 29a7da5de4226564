"""From which network address somebody comes: by a request, or at the other end of a socket."""

from __future__ import annotations

import ipaddress
from typing import Any

from django.conf import settings
from django.http import HttpRequest

HOUSEHOLD = 64
"""How much of an IPv6 address is one connection's; the rest its machines choose, as often as they like."""


def address_of(request: HttpRequest) -> str | None:
    """The network address, None where there is none. Of X-Forwarded-For only what our own proxies wrote counts."""
    return _address(request.headers.get("X-Forwarded-For", ""), str(request.META.get("REMOTE_ADDR", "")))


def address_in(scope: dict[str, Any]) -> str | None:
    """The same of a socket, by its ASGI scope."""
    written = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return _address(b",".join(written).decode("latin-1"), str((scope.get("client") or ("",))[0]))


def network_of(address: str | None) -> str | None:
    """What counts as one place: an IPv4 address itself, of IPv6 the first address of its network."""
    if not address:
        return None
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, HOUSEHOLD), strict=False).network_address)
    return str(found)


def _address(forwarded: str, peer: str) -> str | None:
    hops = forwarded.split(",")
    if settings.NUM_PROXIES and hops[0]:
        peer = hops[-min(settings.NUM_PROXIES, len(hops))].strip()
    try:
        found = ipaddress.ip_address(peer)
    except ValueError:
        return None
    # An address with a zone means something on its own machine only, and no column of the database takes it.
    return None if getattr(found, "scope_id", None) else str(found)
