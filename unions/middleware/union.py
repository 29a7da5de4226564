"""Resolves `request.union` once, from the host or the path, and opens the tenancy scope for the request."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from core.memory import remembered
from unions.middleware.domains import CENTER_PREFIX, urlconf_of
from unions.models import Union
from unions.queries import HOME_COOKIE, home_union_of, own_copy, unions_at, works_for_union

UNION_IN_PATH = re.compile(r"^/(u|manage|provider|api/v1/unions)/([a-z0-9-]+)(?=/|$)")
OF_THE_PLATFORM = frozenset(
    {
        ".well-known",
        "account",
        "admin",
        "api",
        "favicon.ico",
        "healthz",
        "look",
        "media",
        "metrics",
        "readyz",
        "robots.txt",
        "v",
    }
)
"""First words of what is the same on every host; the rest of a union's domain is its street."""
PROGRAMS = "api/v1/unions"
LATELY = 1.0
"""Seconds for which a process answers programs, which ask often, with a union as it was."""
REMEMBER_REDIRECT = "max-age=3600"


class UnionMiddleware:
    """Sets `request.union` (a Union or None). Outside a union, tables of unions are open only to explicit filters.

    Pages of a union tell times in its time zone; the API keeps UTC, which programs compare more easily.

    On a union's own domain the request gets URLs without `/u/<union>` (see domains.py). Shoppers' pages of a union
    that is unknown or not published do not exist, except for its own office; those of a union that lives elsewhere
    lead there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = UNION_IN_PATH.match(request.path_info)
        room, slug = found.groups() if found else ("", None)
        look_up = _unions_lately if room == PROGRAMS else unions_at
        of_host, of_path = look_up(host=_host_that_may_be_a_domain(request), slug=slug)
        union = of_path if found else of_host
        request.union = union  # type: ignore[attr-defined]
        # For the layers below, which know no unions: asked for where a page needs it.
        request.find_home_union = lambda: home_union_of(request.user, request.COOKIES.get(HOME_COOKIE))  # type: ignore[attr-defined]
        first_word = request.path_info.strip("/").partition("/")[0]
        shopping = room == "u" or (of_host is not None and not found and first_word not in OF_THE_PLATFORM)
        if of_host is not None:
            request.urlconf = urlconf_of(of_host.slug)  # type: ignore[assignment]
        if shopping and (moved := self._moved(request, of_host=of_host, of_path=of_path, slug=slug)):
            return moved
        request.is_unions_street = shopping  # type: ignore[attr-defined]
        told_in = union.time_zone if union is not None and first_word != "api" else None
        with scopes_disabled() if union is None else scope(union=union), timezone.override(told_in):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        """Not earlier, so that the page that says so comes in the reader's language."""
        union: Union | None = request.union  # type: ignore[attr-defined]
        if not request.is_unions_street:  # type: ignore[attr-defined]
            return
        if union is None or not (union.is_published or works_for_union(request.user, union)):
            raise Http404

    def _moved(
        self, request: HttpRequest, *, of_host: Union | None, of_path: Union | None, slug: str | None
    ) -> HttpResponse | None:
        """A redirect to where this page is at home; only pages that are read move, never what is sent."""
        if request.method not in ("GET", "HEAD"):
            return None
        path = request.get_full_path()
        if of_host is not None and path.startswith(CENTER_PREFIX):
            return HttpResponseRedirect(settings.SITE_ADDRESS + path.removeprefix(CENTER_PREFIX.rstrip("/")))
        if slug is None:
            return None
        # One leading slash: two would name another host.
        rest = "/" + path.removeprefix(f"/u/{slug}").lstrip("/")
        if of_host is not None and of_path is not None and of_host.pk == of_path.pk:
            return _permanently(rest)
        if of_path is not None and of_path.is_elsewhere and of_path.is_published:
            return HttpResponseRedirect(of_path.address)
        if of_path is not None and of_path.domain and of_path.is_published:
            return _permanently(f"{request.scheme}://{of_path.domain}{_port(request)}{rest}")
        if of_host is not None:
            return HttpResponseRedirect(settings.SITE_ADDRESS + path)
        return None


def _unions_lately(*, host: str | None, slug: str | None) -> tuple[Union | None, Union | None]:
    """`unions_at` as it was within the last second, usually without a query."""
    of_host, of_path = remembered(("unions_at", host, slug), LATELY, lambda: unions_at(host=host, slug=slug))
    return of_host and own_copy(of_host), of_path and own_copy(of_path)


def _permanently(address: str) -> HttpResponse:
    """Permanent for search engines, for an hour in browsers: a union may give up its domain."""
    response = HttpResponsePermanentRedirect(address)
    response["Cache-Control"] = REMEMBER_REDIRECT
    return response


def _host_that_may_be_a_domain(request: HttpRequest) -> str | None:
    """The host without its port, or None for an address or the center's own host: those need no look-up."""
    host = _without_port(request.get_host()).lower()
    if host == urlsplit(settings.SITE_ADDRESS).hostname:
        return None
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host
    return None


def _without_port(host: str) -> str:
    return re.sub(r":\d+$", "", host)


def _port(request: HttpRequest) -> str:
    """The port as it stood in the request (a development server's), with its colon."""
    host = request.get_host()
    return host.removeprefix(_without_port(host))
