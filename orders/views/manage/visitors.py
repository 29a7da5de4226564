"""What visitors of a store saw, put into the cart, left there and bought."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone

from core.tables import table_file
from orders.presenting.visits import span_asked, table_head, visits_shown
from orders.queries.visits import visit_figures, visits_for_table
from stores.models import Store
from stores.views.manage.frame import Permission, manage_page, show


@manage_page(Permission.ORDERS)
def visitors(request: HttpRequest, store: Store) -> HttpResponse:
    """The funnel, the days, goods and searches, against the time before."""
    days = span_asked(request.GET.get("days", ""))
    found = visit_figures(store.union, store, days=days, now=timezone.now())
    return show(request, store, "visitors.html", visits_shown(found, days=days), section="visitors")


@manage_page(Permission.ORDERS)
def visitors_file(request: HttpRequest, store: Store, shape: str) -> StreamingHttpResponse:
    """The same by day, for a spreadsheet."""
    days = span_asked(request.GET.get("days", ""))
    rows = list(visits_for_table(store.union, store, days=days, now=timezone.now()))
    return table_file(request, name=f"{store.slug}-visitors", shape=shape, head=table_head(), rows=rows)
