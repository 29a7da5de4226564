"""How a store's calls went: figures on a page and as a table."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone

from core.tables import table_file
from matching.presenting.figures import calls_shown, span_asked, table_head
from matching.queries.figures import call_figures, days_for_table
from stores.models import Store
from stores.views.manage.frame import Permission, manage_page, show


@manage_page(Permission.CONSOLE)
def figures(request: HttpRequest, store: Store) -> HttpResponse:
    """Called, answered, won, and what was asked for in vain."""
    days, now = span_asked(request.GET.get("days", "")), timezone.now()
    found = call_figures(store.union, store, days=days, now=now)
    return show(request, store, "calls/figures.html", calls_shown(found, union=store.union, days=days), section="calls")


@manage_page(Permission.CONSOLE)
def export(request: HttpRequest, store: Store, shape: str) -> StreamingHttpResponse:
    """The same by day, for a spreadsheet."""
    days = span_asked(request.GET.get("days", ""))
    rows = list(days_for_table(store.union, store, days=days, now=timezone.now()))
    return table_file(request, name=f"{store.slug}-wishes", shape=shape, head=table_head(), rows=rows)
