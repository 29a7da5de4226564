"""Addresses that others name: pages of this site only, and services that the settings name."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def page_of_ours(request: HttpRequest, wanted: str, otherwise: str) -> str:
    """The wanted address if it is a page of this site, else the other one.

    A word without a slash in front is none: `django.shortcuts.redirect` would look for a view of that name.
    """
    is_address = wanted.startswith(("/", "http://", "https://"))
    if is_address and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return otherwise


def is_path(*, page: str) -> bool:
    """Whether it is a path on this host, fit for a link: nothing in it leads elsewhere or runs."""
    return page.startswith("/") and page.isprintable() and url_has_allowed_host_and_scheme(page, allowed_hosts=None)


HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
"""A plain name of the net. What else a URL's host may hold is read in one way here and in another when it is called."""


def is_service_at(*, address: str, services: Collection[str]) -> bool:
    """Whether our server may call it: at a host that ends so, over https, or at exactly one of these origins."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if f"{parts.scheme}://{parts.netloc}" in services:
        return True
    if parts.scheme != "https" or port not in (None, 443) or parts.username or parts.password:
        return False
    if not address.isascii() or not address.isprintable() or HOST.fullmatch(host) is None:
        return False
    return any(host == name or host.endswith(f".{name}") for name in services)
