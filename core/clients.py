"""From which network address a request comes."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str | None:
    """The network address, None where there is none. Of X-Forwarded-For only what our own proxies wrote counts."""
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    if settings.NUM_PROXIES and hops[0]:
        candidate = hops[-min(settings.NUM_PROXIES, len(hops))].strip()
    else:
        candidate = str(request.META.get("REMOTE_ADDR", ""))
    try:
        return str(ipaddress.ip_address(candidate))
    except ValueError:
        return None
