"""Urgent sales on the management pages: what is planned, how the running ones go, what came of those that are over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.money import format_money
from stores.forms.urgent import SaleForm
from stores.models import Store, UrgentSale
from stores.queries.urgent import managed_sale, managed_sales, sale_figures, sale_view
from stores.services.stock import OutOfStock
from stores.services.urgent import change_sale, end_sale, plan_sale
from stores.views.manage.frame import Permission, actor_of, blame, kwargs_of, manage_page, show, to, work_once

SECTION = "urgent_sales"


@manage_page(Permission.CATALOGUE)
def sales(request: HttpRequest, store: Store) -> HttpResponse:
    """All of the store's, newest first."""
    now = timezone.now()
    found = managed_sales(store)
    figures = sale_figures(found)
    rows = [{"sale": sale, "figures": figures[sale.pk], "state": _state(sale, figures, now=now)} for sale in found]
    return show(request, store, "urgent/list.html", {"rows": rows}, section=SECTION)


def _state(sale: UrgentSale, figures: Any, *, now: Any) -> str:
    return sale_view(sale, figures[sale.pk], now=now).state


@manage_page(Permission.CATALOGUE)
def new(request: HttpRequest, store: Store) -> HttpResponse:
    """Plan one."""
    now = timezone.now().replace(second=0, microsecond=0)
    initial = {"starts_at": now, "ends_at": now + timedelta(hours=2), "variant": request.GET.get("variant")}
    form = SaleForm(request.POST or None, store=store, initial=initial)
    if request.method == "POST" and form.is_valid():

        def work() -> str:
            sale = plan_sale(store=store, plan=form.plan(), actor=actor_of(request), now=timezone.now())
            return reverse("manage:urgent_sale", kwargs=kwargs_of(store, ref=sale.ref))

        if (address := _tried(form, lambda: work_once(request, work))) is not None:
            messages.success(request, _("Planned. It begins and ends by itself."))
            return HttpResponseRedirect(address)
    return show(request, store, "urgent/new.html", {"form": form}, section=SECTION)


@manage_page(Permission.CATALOGUE)
def sale(request: HttpRequest, store: Store, ref: str) -> HttpResponse:
    """One with its figures; as long as it has not begun it can be changed here."""
    found = managed_sale(store, ref)
    now = timezone.now()
    figures = sale_figures([found])
    form = SaleForm(request.POST or None, store=store, sale=found) if found.state_at(now) == "planned" else None
    if request.method == "POST" and form is not None and form.is_valid():

        def work() -> str:
            change_sale(sale=found, plan=form.plan(), actor=actor_of(request), now=timezone.now())
            return reverse("manage:urgent_sale", kwargs=kwargs_of(store, ref=ref))

        if (address := _tried(form, lambda: work_once(request, work))) is not None:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(address)
    context = {
        "sale": found,
        "figures": figures[found.pk],
        "taken_text": format_money(figures[found.pk].bought * found.price, store.union.currency),
        "state": _state(found, figures, now=now),
        "form": form,
    }
    template = "urgent/figures.html" if request.htmx else "urgent/sale.html"  # type: ignore[attr-defined]
    return show(request, store, template, context, section=SECTION)


def _tried(form: SaleForm, work: Any) -> str | None:
    """The address to go to; None when it was refused, which then stands beside its field."""
    try:
        return str(work())
    except OutOfStock as refusal:
        available = refusal.facts["available"]
        form.add_error("quantity", _("Only %(count)s of this can be had now.") % {"count": available})
    except DomainError as refusal:
        blame(form, refusal)
    return None


@manage_page(Permission.CATALOGUE)
@require_POST
def end(request: HttpRequest, store: Store, ref: str) -> HttpResponse:
    """End it now, or call it off."""
    end_sale(sale=managed_sale(store, ref), actor=actor_of(request), now=timezone.now())
    messages.success(request, _("Ended. What nobody has claimed is back on the shelf."))
    return to(store, "urgent_sale", ref=ref)
