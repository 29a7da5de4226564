"""Prices planned ahead, and what goods cost before."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.numbers import row_id
from stores.forms.prices import PlanForm
from stores.models import Store
from stores.queries.manage import product_to_edit, variant_of
from stores.queries.prices import plan_of, plans_of, price_changes_of
from stores.services.catalogue.planning import call_off_plan, plan_price
from stores.views.manage.frame import Permission, actor_of, blame, kwargs_of, manage_page, show, to, work_once


@manage_page(Permission.CATALOGUE)
def prices(request: HttpRequest, store: Store, product: str) -> HttpResponse:
    """What is planned for a product's variants and what they cost so far; POST plans a price."""
    found = product_to_edit(store, product)
    form = PlanForm(request.POST or None, store=store, variants=found.variants.all())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data

        def work() -> str:
            plan_price(
                variant=variant_of(found, data["variant"]),
                price=data["price"],
                starts_at=data["starts_at"],
                ends_at=data["ends_at"],
                shows_before=data["shows_before"],
                actor=actor_of(request),
                now=timezone.now(),
            )
            return reverse("manage:prices", kwargs=kwargs_of(store, product=product))

        try:
            address = work_once(request, work)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Planned."))
            return HttpResponseRedirect(address)
    context = {"product": found, "form": form, "plans": list(plans_of(found)), "changes": price_changes_of(found)}
    return show(request, store, "goods/prices.html", context, section="catalogue")


@manage_page(Permission.CATALOGUE)
@require_POST
def plan_gone(request: HttpRequest, store: Store, product: str) -> HttpResponse:
    """A planned price does not begin, or a running one ends now."""
    plan = plan_of(product_to_edit(store, product), row_id(request.POST.get("plan", "")))
    call_off_plan(plan=plan, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("Called off."))
    return to(store, "prices", product=product)
