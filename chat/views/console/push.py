"""The console as a program of one's own on a phone, and being called there with the page closed."""

from __future__ import annotations

import json

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods

from chat.presenting.icon import icon_png
from chat.services.push import ENDPOINT, subscribe, unsubscribe
from chat.views.refusals import refused
from core.errors import DomainError, Invalid
from stores.views.manage.frame import actor_of

MOST_BYTES = 4096


@require_GET
def manifest(request: HttpRequest) -> HttpResponse:
    """The web manifest; it opens the console from which it was installed."""
    start = request.GET.get("start", "")
    home = reverse("manage:home")
    shown = {
        "name": _("martunion, conversations"),
        "short_name": "martunion",
        "id": home,
        "start_url": start if start.startswith(home) and "//" not in start else home,
        "scope": home,
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#ffffff",
        "icons": [
            {"src": static("favicon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
            *(
                {
                    "src": reverse(f"manage:icon_{name}"),
                    "sizes": f"{size}x{size}",
                    "type": "image/png",
                    "purpose": purpose,
                }
                for name, size, purpose in (("192", 192, "any"), ("512", 512, "any"), ("maskable", 512, "maskable"))
            ),
        ],
    }
    return JsonResponse(shown, content_type="application/manifest+json")


@require_GET
@cache_control(public=True, max_age=7 * 24 * 3600)
def icon(request: HttpRequest, size: int, *, maskable: bool = False) -> HttpResponse:
    """The mark as PNG; drawn once per process."""
    return HttpResponse(icon_png(size=size, maskable=maskable), content_type="image/png")


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker: shows what push brings, and a kind page when there is no network."""
    return render(request, "manage/worker.js", content_type="text/javascript")


@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """What the worker shows without a network."""
    return render(request, "manage/offline.html")


@login_required
@require_http_methods(["POST", "DELETE"])
def subscription(request: HttpRequest) -> HttpResponse:
    """What the browser's `PushSubscription` says of itself, as JSON; DELETE ends it."""
    try:
        told = _told(request)
        if request.method == "DELETE":
            unsubscribe(user=actor_of(request), endpoint=told["endpoint"])
            request.session.pop(ENDPOINT, None)
        else:
            subscribe(user=actor_of(request), now=timezone.now(), **told)
            # Of this sign-in: it ends with it.
            request.session[ENDPOINT] = told["endpoint"]
    except DomainError as error:
        return refused(error)
    return JsonResponse({})


def _told(request: HttpRequest) -> dict[str, str]:
    if len(request.body) > MOST_BYTES:
        raise Invalid(field="endpoint")
    try:
        told = json.loads(request.body)
        keys = told.get("keys") or {}
        found = {"endpoint": told["endpoint"], "p256dh": keys.get("p256dh", ""), "auth": keys.get("auth", "")}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Invalid(field="endpoint") from None
    # All three are addresses or base64: what is not ASCII is no such thing, and could not even be looked for.
    if not all(isinstance(value, str) and value.isascii() and "\x00" not in value for value in found.values()):
        raise Invalid(field="endpoint")
    return found
