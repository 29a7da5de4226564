"""Drawing a page once for the same live data.

Every request reads what must be true (goods, prices, stock, who may be seen). When that is what it was some seconds
ago, and the address, the language and the cookies are too, then so is the page: drawing it again would take longer than
all the rest. People who are signed in always get a page of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language

from core.localized import localized
from core.memory import remembered
from unions.models import Union

KEPT = 10
"""Seconds. Only counts, the union's own texts and the row of classes can be that old."""
CSRF_MARK = "\u2402csrf of this visitor\u2403"
OF_ONE_VISITOR = {"csrftoken", "visitor"}


def kept_page(
    request: HttpRequest, union: Union, template: str, *, live: object, make: Callable[[], dict[str, Any]]
) -> HttpResponse:
    """The page of a template. `live` is all that must be true now; `make` gives the context."""
    cookies = request.COOKIES
    if settings.SESSION_COOKIE_NAME in cookies or "messages" in cookies:
        return render(request, template, make())

    def draw() -> str:
        return render_to_string(template, {**make(), "csrf_token": CSRF_MARK}, request)

    others = tuple(sorted(item for item in cookies.items() if item[0] not in OF_ONE_VISITOR))
    key = (
        template,
        union.pk,
        union.hue,
        localized(union, "name"),
        get_language(),
        request.get_host(),
        request.get_full_path(),
        others,
        repr(live),
    )
    page = remembered(key, KEPT, draw)
    return HttpResponse(page.replace(CSRF_MARK, get_token(request)))
