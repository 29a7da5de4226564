"""Stock: what is there, changing it with a reason, every movement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.numbers import row_id
from stores.forms.stock import LowForm, StockAction, StockForm
from stores.models import StockLevel, StockMovement, Store
from stores.queries.manage import STOCK_STATES, counted_variant, low_levels, movements, stock_list
from stores.queries.supply import days_of_cover, with_cover
from stores.services.catalogue import set_low_mark
from stores.services.stock import OutOfStock, adjust, receive, take_out
from stores.views.manage.frame import (
    Permission,
    actor_of,
    blame,
    first_error,
    kwargs_of,
    manage_page,
    show,
    to,
    work_once,
)

PER_PAGE = 50
WORK: dict[str, Callable[..., Any]] = {
    StockAction.RECEIVE: receive,
    StockAction.TAKE_OUT: take_out,
    StockAction.ADJUST: adjust,
}


@manage_page(Permission.STOCK)
def stock(request: HttpRequest, store: Store) -> HttpResponse:
    """What lies on the shelves: on hand, reserved, available. htmx asks for the rows again every few seconds."""
    words = request.GET.get("q", "").strip()[:100]
    state = request.GET.get("state", "all")
    state = state if state in STOCK_STATES else "all"
    low_count = low_levels(store).count()
    context = {
        "page": Paginator(stock_list(store, words=words, state=state), PER_PAGE).get_page(request.GET.get("page")),
        "words": words,
        "state": state,
        "is_narrowed": bool(words or state != "all"),
        "low_count": low_count,
    }
    template = "stock/rows.html" if request.htmx else "stock/list.html"  # type: ignore[attr-defined]
    return show(request, store, template, context, section="stock", counts={"stock": low_count})


@manage_page(Permission.STOCK)
def stock_item(request: HttpRequest, store: Store, sku: str) -> HttpResponse:
    """One variant's stock with its movements; POST lays in, takes out or sets the count."""
    variant = counted_variant(store, sku)
    form = StockForm(request.POST or None, initial={"action": StockAction.RECEIVE})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data

        def work() -> str:
            WORK[data["action"]](
                variant=variant,
                quantity=data["quantity"],
                actor=actor_of(request),
                reason=data["reason"],
                now=timezone.now(),
            )
            return reverse("manage:stock_item", kwargs=kwargs_of(store, sku=sku))

        try:
            address = work_once(request, work)
        except OutOfStock as refusal:
            available = refusal.facts["available"]
            said = _("Only %(available)d can be taken: the others are reserved in carts or not there.")
            if data["action"] == StockAction.ADJUST:
                said = _("More is reserved in carts than you counted; %(available)d are free now.")
            form.add_error("quantity", said % {"available": available})
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Booked."))
            return HttpResponseRedirect(address)
    rows, _older = movements(store, variant=variant)
    level = getattr(variant, "stock", None)
    figures = with_cover(StockLevel.objects.filter(pk=variant.pk), store, today=timezone.localdate()).first()
    context = {
        "sold": figures.sold if figures else 0,  # type: ignore[attr-defined]
        "coming": figures.coming if figures else 0,  # type: ignore[attr-defined]
        "cover": days_of_cover(figures.available, figures.sold) if figures else None,  # type: ignore[attr-defined]
        "variant": variant,
        "level": level,
        "form": form,
        "low_form": LowForm(
            initial={"low_at": level.low_at, "reorder_quantity": level.reorder_quantity, "shelf": level.shelf}
            if level
            else {"low_at": 0, "reorder_quantity": 0}
        ),
        "movements": rows,
    }
    template = "stock/figures.html" if request.htmx else "stock/item.html"  # type: ignore[attr-defined]
    return show(request, store, template, context, section="stock")


@manage_page(Permission.STOCK)
@require_POST
def low_mark(request: HttpRequest, store: Store, sku: str) -> HttpResponse:
    """Change at how many pieces staff are told."""
    variant = counted_variant(store, sku)
    form = LowForm(request.POST)
    if form.is_valid():
        set_low_mark(
            variant=variant,
            low_at=form.cleaned_data["low_at"],
            reorder_quantity=form.cleaned_data["reorder_quantity"],
            shelf=form.cleaned_data["shelf"] if "shelf" in request.POST else None,
            actor=actor_of(request),
            now=timezone.now(),
        )
        messages.success(request, _("Saved."))
    else:
        messages.error(request, first_error(form))
    return to(store, "stock_item", sku=sku)


@manage_page(Permission.STOCK)
def stock_movements(request: HttpRequest, store: Store) -> HttpResponse:
    """Every change of the store's stock, newest first."""
    before = row_id(request.GET.get("before", ""))
    kind = request.GET.get("kind", "")
    rows, older = movements(store, kind=kind, before=before)
    context = {"movements": rows, "older": older, "kind": kind, "kinds": StockMovement.Kind.choices, "is_later": before}
    return show(request, store, "stock/movements.html", context, section="stock")
