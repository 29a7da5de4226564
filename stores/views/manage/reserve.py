"""How long the stock lasts, what to order, what it is worth."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from stores.models import Store
from stores.queries.manage import stock_list
from stores.queries.supply import days_of_cover, order_proposal, stock_value, with_cover
from stores.views.manage.frame import Permission, manage_page, show

PER_PAGE = 50


@manage_page(Permission.STOCK)
def reserve(request: HttpRequest, store: Store) -> HttpResponse:
    """What runs short with what to order of it, and the days of cover of everything."""
    levels = with_cover(stock_list(store), store, today=timezone.localdate())
    page = Paginator(levels, PER_PAGE).get_page(request.GET.get("page"))
    for level in page.object_list:
        level.cover = days_of_cover(level.available, level.sold)  # type: ignore[attr-defined]
    proposal = order_proposal(store)
    context = {
        "page": page,
        "proposal": proposal,
        "can_order": any(group.supplier_id for group in proposal),
    }
    return show(request, store, "supply/reserve.html", context, section="stock")


@manage_page(Permission.STOCK)
def value(request: HttpRequest, store: Store) -> HttpResponse:
    """What lies on the shelves, at cost and at price, by category."""
    rows = stock_value(store)
    context = {
        "rows": rows,
        "pieces": sum(row.pieces for row in rows),
        "cost": sum(row.cost for row in rows),
        "price": sum(row.price for row in rows),
        "without_cost": sum(row.without_cost for row in rows),
    }
    return show(request, store, "supply/value.html", context, section="stock")
