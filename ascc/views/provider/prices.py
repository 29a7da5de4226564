"""What the provider takes for what no voucher covers; who leads the team says it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ascc.forms.prices import PriceForm
from ascc.models import ProviderPrice, ServiceProvider
from ascc.presenting.prices import price_rows
from ascc.queries.desk import skills_tree
from ascc.queries.prices import price_at, prices_of
from ascc.services.pricing import drop_price, set_price
from ascc.views.provider.frame import address_at, do_once, provider_page, show_provider
from core.errors import DomainError
from stores.views.manage.frame import Permission, blame, work_once


def _may_say(provider: ServiceProvider) -> bool:
    return Permission.TEAM in provider.store.allowed  # type: ignore[attr-defined]


@provider_page
@require_http_methods(["GET", "HEAD", "POST"])
def prices(request: HttpRequest, provider: ServiceProvider) -> HttpResponse:
    """The list, and a form for one more line."""
    return _line(request, provider, None, "prices.html")


@provider_page
@require_http_methods(["GET", "HEAD", "POST"])
def price(request: HttpRequest, provider: ServiceProvider, key: str) -> HttpResponse:
    """One line of it, to change."""
    return _line(request, provider, price_at(provider, key), "price.html")


@provider_page
@require_POST
def drop(request: HttpRequest, provider: ServiceProvider, key: str) -> HttpResponse:
    """Take a line away."""
    if not _may_say(provider):
        raise PermissionDenied
    found = price_at(provider, key)

    def work() -> str:
        drop_price(price=found)
        return address_at(provider.store, "prices")

    return do_once(request, work, said=_("Taken away."))


def _line(request: HttpRequest, provider: ServiceProvider, found: ProviderPrice | None, template: str) -> HttpResponse:
    may_say = _may_say(provider)
    if request.method == "POST" and not may_say:
        raise PermissionDenied
    sent: Any = request.POST if request.method == "POST" else None
    form = PriceForm(sent, union=provider.store.union, tree=skills_tree(), price=found)
    if sent is not None and form.is_valid():

        def work() -> str:
            set_price(provider=provider, price=found, **form.said())
            return address_at(provider.store, "prices")

        try:
            address = work_once(request, work)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Saved. Customers see it when they choose."))
            return HttpResponseRedirect(address)
    context = {
        "form": form,
        "found": found,
        "may_say": may_say,
        "prices": price_rows(prices_of(provider), provider.store.union.currency) if found is None else [],
    }
    return show_provider(request, provider, template, context, section="prices", status=422 if form.errors else 200)
