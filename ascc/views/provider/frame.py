"""What every page of a provider has: who may see it, what stands around it, and forms that are done once.

A form that was kept in the browser while the network was away is sent by a script (`X-Kept`) and answered as JSON.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ascc.models import ServiceProvider, VoucherStep
from ascc.queries.desk import provider_of, waiting_counts
from ascc.services.moving import By
from chat.views.refusals import refused
from core.clients import address_of
from core.errors import DomainError, NotFound
from stores.models import Store
from stores.views.manage.frame import Permission, actor_of, kwargs_of, manage_page, work_once

View = Callable[..., HttpResponseBase]
SECTIONS: tuple[tuple[str, str | Promise, str, str], ...] = (
    ("day", _("Today"), "home", Permission.SERVICE),
    ("till", _("Scan"), "camera", Permission.SERVICE),
    ("rewards", _("Rewards"), "coins", Permission.SERVICE),
    ("record", _("Record"), "chart", Permission.SERVICE),
    ("prices", _("Prices"), "tag", Permission.SERVICE),
    ("apply", _("About your work"), "settings", Permission.SERVICE),
)
AT_WORK = (ServiceProvider.State.APPROVED, ServiceProvider.State.SUSPENDED)


def provider_page(view: View) -> View:
    """A page `view(request, provider, …)` for those who do after-sales service there; the union's office may look.

    A store that is no provider (yet) has none of these pages, and is led from its day to where it applies. One that was
    suspended finishes what it holds.
    """

    def page(request: HttpRequest, store: Store, **rest: Any) -> HttpResponseBase:
        provider = provider_of(store)
        if provider is None or provider.state not in AT_WORK:
            if view.__name__ == "day" and request.method in {"GET", "HEAD"}:
                return HttpResponseRedirect(address_at(store, "apply"))
            raise NotFound
        provider.store = store
        try:
            return view(request, provider, **rest)
        except DomainError as refusal:
            if is_kept(request):
                return refused(refusal)
            raise

    return functools.wraps(view)(manage_page(Permission.SERVICE)(page))


def is_kept(request: HttpRequest) -> bool:
    """Sent by the page's script, which keeps forms until the network is there."""
    return "X-Kept" in request.headers


def pressed_at(request: HttpRequest, *, now: datetime) -> datetime | None:
    """When a step was pressed that waited in the phone, by the seconds that the phone has counted since."""
    waited = request.headers.get("X-Waited", "")
    if not (waited.isascii() and waited.isdecimal() and len(waited) < 7):
        return None
    return now - timedelta(seconds=int(waited))


def by_of(request: HttpRequest) -> By:
    """The provider's person who does it, for the voucher's timeline."""
    return By(VoucherStep.Side.PROVIDER, actor_of(request).pk, address_of(request))


def do_once(request: HttpRequest, work: Callable[[], str], *, said: str) -> HttpResponse:
    """Do a form's work, once however often it arrives, and go where it says; a script is told where that is."""
    address = work_once(request, work)
    if is_kept(request):
        return JsonResponse({"go": address, "said": said})
    messages.success(request, said)
    return HttpResponseRedirect(address)


def address_at(store: Store, name: str, **more: Any) -> str:
    """An address of the provider's pages."""
    return reverse(f"provider:{name}", kwargs=kwargs_of(store, **more))


def show_provider(
    request: HttpRequest,
    provider: ServiceProvider,
    template: str,
    context: dict[str, Any],
    *,
    section: str,
    status: int = 200,
) -> HttpResponse:
    """Render `templates/provider/<template>` in the provider's frame."""
    store = provider.store
    counts = waiting_counts(provider) if provider.pk else {"asked": 0}
    allowed = store.allowed  # type: ignore[attr-defined]
    sections = [
        {
            "name": name,
            "url": address_at(store, name),
            "title": title,
            "icon": icon,
            "main": name not in ("prices", "apply"),
            "current": name == section,
            "count": (counts["asked"] or "") if name == "day" else "",
        }
        for name, title, icon, permission in SECTIONS
        if (permission in allowed or store.only_looking) and (provider.state in AT_WORK or name == "apply")  # type: ignore[attr-defined]
    ]
    frame = {
        "store": store,
        "provider": provider,
        "sections": sections,
        "once": secrets.token_urlsafe(12),
        "person": actor_of(request).pk,
    }
    return render(request, f"provider/{template}", {**frame, **context}, status=status)
