"""Which requests to a redirect are people, and recording them."""

from __future__ import annotations

import re
import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone

from unions.cookies import has_consent
from unions.middleware.visitor import visitor_in
from unions.models import Union
from unions.services.browsing import note_request
from unions.services.redirects import record_redirect
from unions.visits import REDIRECT, Event

PROGRAMS = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|fetch|monitor|curl|wget|python|httpclient|facebookexternalhit|headlesspreview",
    re.IGNORECASE,
)
MOST_PER_MINUTE = 120


def is_a_person(request: HttpRequest) -> bool:
    """Not a crawler, not a link preview, and not a browser that merely loads ahead."""
    if request.method != "GET":
        return False
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    agent = request.headers.get("User-Agent", "")
    return "prefetch" not in purpose and bool(agent) and not PROGRAMS.search(agent)


def record(request: HttpRequest, *, union: Union, kind: str, target: str) -> bool:
    """Record this request as a redirect and say whether it was done: not for programs, not beyond the limit.

    `way`, `q` and `class` are read from the address.
    """
    if not is_a_person(request) or _too_often(request):
        return False
    user: Any = request.user
    note(request, union=union, event=Event(REDIRECT, time.time(), page=f"/{target[:200]}/"))
    record_redirect(
        union=union,
        kind=kind,
        way=request.GET.get("way", ""),
        target=target,
        words=request.GET.get("q", ""),
        business_class=request.GET.get("class", ""),
        visitor=str(request.visitor),  # type: ignore[attr-defined]
        user=user if user.is_authenticated else None,
        now=timezone.now(),
    )
    return True


def note(request: HttpRequest, *, union: Union, event: Event) -> None:
    """Into the browsing record, of a visitor who agreed to be recognised; nothing otherwise."""
    visitor = visitor_in(request.COOKIES) if has_consent(request.COOKIES) else ""
    if visitor:
        user: Any = request.user
        note_request(union=union, visitor=visitor, user=user if user.is_authenticated else None, event=event)


def _too_often(request: HttpRequest) -> bool:
    """Redirects go on, but one address fills no table: at most MOST_PER_MINUTE rows."""
    key = f"redirects:{_address(request)}"
    if cache.add(key, 1, 60):
        return False
    try:
        return cache.incr(key) > MOST_PER_MINUTE
    except ValueError:
        return False


def _address(request: HttpRequest) -> str:
    """Whose request it is. Of X-Forwarded-For only what our own proxies wrote counts; the rest anyone can invent."""
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    if settings.NUM_PROXIES and hops[0]:
        return hops[-min(settings.NUM_PROXIES, len(hops))].strip()[:60]
    return str(request.META.get("REMOTE_ADDR", ""))
