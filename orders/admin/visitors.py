"""Visitors of a union as a whole, for its office: the page that PurchaseAdmin carries, and its table."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.tables import SHAPES, table_file
from orders.presenting.visits import span_asked, table_head, visits_shown
from orders.queries.visits import visit_figures, visits_for_table
from unions.admin.choosing import ask_union, union_chosen

TITLE = _("Visitors")


def visitor_pages(page: Any) -> list[URLPattern]:
    """The addresses below a page of the administration."""

    def look(request: HttpRequest) -> HttpResponse:
        if not page.has_view_permission(request):
            raise PermissionDenied
        union = union_chosen(request, runs=False)
        if union is None:
            return ask_union(request, page, TITLE, runs=False)
        days = span_asked(request.GET.get("days", ""))
        shown = visits_shown(visit_figures(union, None, days=days, now=timezone.now()), days=days)
        context = {**page.admin_site.each_context(request), "opts": page.opts, "title": TITLE, "union": union, **shown}
        return TemplateResponse(request, "admin/office/visitors.html", context)

    def export(request: HttpRequest, shape: str) -> HttpResponse | StreamingHttpResponse:
        if not page.has_view_permission(request):
            raise PermissionDenied
        if shape not in SHAPES:
            raise Http404
        union = union_chosen(request, runs=False)
        if union is None:
            return ask_union(request, page, TITLE, runs=False)
        days = span_asked(request.GET.get("days", ""))
        rows = list(visits_for_table(union, None, days=days, now=timezone.now()))
        return table_file(request, name=f"{union.slug}-visitors", shape=shape, head=table_head(), rows=rows)

    return [
        path("visitors/", page.admin_site.admin_view(look), name="orders_visitors"),
        path("visitors.<str:shape>", page.admin_site.admin_view(export), name="orders_visitors_file"),
    ]
