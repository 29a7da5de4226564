"""The way in: for which stores one works, applying, and what is shown without a network."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ascc.forms.desk import ApplyForm
from ascc.models import ServiceProvider
from ascc.queries.desk import provider_of, providers_worked_for, skills_tree
from ascc.services.providers import apply_as_provider, change_provider
from ascc.views.provider.frame import AT_WORK, address_at, show_provider
from core.errors import DomainError
from stores.models import Store
from stores.queries.access import stores_managed_by
from stores.views.manage.frame import Permission, actor_of, blame, manage_page, work_once

State = ServiceProvider.State


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The stores for which this person does after-sales service; with a single one straight to it."""
    providers = providers_worked_for(actor_of(request))
    at_work = [one for one in providers if one.state in AT_WORK]
    known = {one.store_id for one in providers}
    if len(at_work) == 1 and "all" not in request.GET:
        return redirect(address_at(at_work[0].store, "day"))
    rows = [
        {"provider": one, "url": address_at(one.store, "day" if one.state in AT_WORK else "apply")} for one in providers
    ]
    others = [store for store in stores_managed_by(request.user) if store.pk not in known]
    context = {
        "rows": rows,
        "others": [{"store": store, "url": address_at(store, "apply")} for store in others],
        "sections": [],
    }
    return render(request, "provider/home.html", context)


@manage_page(Permission.SERVICE)
def apply(request: HttpRequest, store: Store) -> HttpResponse:
    """What the store knows and how far it comes: the application first, the store's own words afterwards.

    Everybody who does service there sees how it stands; it is said by who leads the team.
    """
    may_say = Permission.TEAM in store.allowed  # type: ignore[attr-defined]
    if request.method == "POST" and not may_say:
        raise PermissionDenied
    provider = provider_of(store)
    initial = {}
    codes: list[str] = []
    if provider is not None:
        codes = [skill.code for skill in provider.skills.all()]
        initial = {"about": provider.about, "reach_km": provider.reach_km, "skills": codes}
    form = ApplyForm(request.POST or None, tree=skills_tree(codes), initial=initial)
    asks = provider is None or provider.state == State.DECLINED
    if request.method == "POST" and form.is_valid():

        def work() -> str:
            if asks:
                apply_as_provider(store=store, actor=actor_of(request), now=timezone.now(), **form.cleaned_data)
            elif provider is not None:
                change_provider(provider=provider, **form.cleaned_data)
            return address_at(store, "apply")

        try:
            address = work_once(request, work)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Sent. The service center looks at it and decides.") if asks else _("Saved."))
            return HttpResponseRedirect(address)
    shown = provider or ServiceProvider(union=store.union, store=store)
    shown.store = store
    last = provider.changes.order_by("-id").first() if provider is not None else None
    context = {
        "form": form,
        "groups": form.groups(),
        "asks": asks,
        "may_say": may_say,
        "is_new": provider is None,
        "reason": last.reason if last else "",
        "day_url": address_at(store, "day") if provider is not None and provider.state in AT_WORK else "",
    }
    return show_provider(request, shown, "apply.html", context, section="apply")


@require_GET
def manifest(request: HttpRequest) -> HttpResponse:
    """The web manifest of the provider's phone."""
    home_at = reverse("provider:home")
    shown = {
        "name": _("martunion, service"),
        "short_name": _("Service"),
        "id": home_at,
        "start_url": home_at,
        "scope": home_at,
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#ffffff",
        "icons": [
            {"src": static("favicon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
            {"src": reverse("manage:icon_192"), "sizes": "192x192", "type": "image/png", "purpose": "any"},
            {"src": reverse("manage:icon_512"), "sizes": "512x512", "type": "image/png", "purpose": "any"},
        ],
    }
    return JsonResponse(shown, content_type="application/manifest+json")


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker: the pages of the day without a network."""
    return render(request, "provider/worker.js", content_type="text/javascript")


@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """What the worker shows in place of a page that was not kept."""
    return render(request, "provider/offline.html")
