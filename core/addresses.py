"""Addresses that others name: pages of this site only."""

from __future__ import annotations

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
