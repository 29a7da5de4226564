"""What a store wants to be called for, and how it takes calls."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.localized import localized
from core.money import format_money
from matching.forms.counter import SettingsForm, SubscriptionForm
from matching.models import Subscription
from matching.queries.codes import named, suggest_for_store
from matching.queries.settings import settings_of, subscriptions_of
from matching.services.subscribing import change_call_settings, subscribe_to_codes, unsubscribe_from_code
from stores.models import Store
from stores.views.manage.frame import Permission, blame, kwargs_of, manage_page, show, to, work_once

SUGGESTED = 8


@manage_page(Permission.CATALOGUE)
def signals(request: HttpRequest, store: Store) -> HttpResponse:
    """Subscriptions, what the catalogue suggests, and the settings."""
    own = settings_of(store)
    form = SettingsForm(request.POST or None, instance=own)
    if request.method == "POST" and form.is_valid():
        try:
            change_call_settings(store=store, **form.cleaned_data)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return to(store, "signals")
    return _shown(request, store, settings=form)


@manage_page(Permission.CATALOGUE)
@require_POST
def subscribe(request: HttpRequest, store: Store) -> HttpResponse:
    """One more kind, typed; or those that were suggested."""
    if "suggested" in request.POST:
        codes = request.POST.getlist("suggested")[:SUGGESTED]
        subscribe_to_codes(store=store, codes=codes)
        messages.success(request, _("From now on you are asked for these as well."))
        return to(store, "signals")
    form = SubscriptionForm(request.POST, currency=store.union.currency)
    if form.is_valid():

        def work() -> str:
            subscribe_to_codes(store=store, codes=[form.cleaned_data["code"]], reach=form.reach())
            return reverse("manage:signals", kwargs=kwargs_of(store))

        try:
            address = work_once(request, work)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("From now on you are asked for it."))
            return HttpResponseRedirect(address)
    return _shown(request, store, form=form)


@manage_page(Permission.CATALOGUE)
@require_POST
def unsubscribe(request: HttpRequest, store: Store) -> HttpResponse:
    """No more calls for it."""
    unsubscribe_from_code(store=store, code=request.POST.get("code", "")[:24])
    messages.success(request, _("You are not asked for it any more."))
    return to(store, "signals")


def _shown(
    request: HttpRequest,
    store: Store,
    *,
    settings: SettingsForm | None = None,
    form: SubscriptionForm | None = None,
) -> HttpResponse:
    subscriptions = subscriptions_of(store)
    wanted = {each.code_id for each in subscriptions}
    suggested = [
        meant for meant in suggest_for_store(store, limit=SUGGESTED * 2) if not wanted & set(meant.code.ancestors)
    ][:SUGGESTED]
    paths = {
        found.code: " › ".join(found.path)
        for found in named([*wanted, *(each.code.code for each in suggested)], language=get_language() or "en")
    }
    context = {
        "settings": settings or SettingsForm(instance=settings_of(store)),
        "form": form or SubscriptionForm(currency=store.union.currency),
        "rows": [_row(each, store, paths) for each in subscriptions],
        "suggested": [
            {
                "code": each.code.code,
                "title": localized(each.code, "title"),
                "path": paths.get(each.code.code, ""),
                "count": each.count,
            }
            for each in suggested
        ],
    }
    wrong = bool((settings and settings.errors) or (form and form.errors))
    return show(request, store, "calls/signals.html", context, section="signals", status=422 if wrong else 200)


def _row(subscription: Subscription, store: Store, paths: dict[str, str]) -> dict[str, Any]:
    currency = store.union.currency
    facts = []
    if subscription.reach_km is not None:
        facts.append(_("within %(km)d km") % {"km": subscription.reach_km})
    if subscription.budget_from is not None:
        facts.append(_("from %(price)s") % {"price": format_money(subscription.budget_from, currency)})
    if subscription.budget_to is not None:
        facts.append(_("up to %(amount)s") % {"amount": format_money(subscription.budget_to, currency)})
    return {
        "code": subscription.code_id,
        "title": localized(subscription.code, "title"),
        "path": paths.get(subscription.code_id, ""),
        "facts": facts,
    }
