"""A union's figures in the administration, for its office and beside the others for the center; and as tables."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from core.tables import SHAPES, table_file
from orders.forms.figures import choice_of
from orders.models import Order
from orders.presenting.figures import (
    commission_figure,
    cover_rankings,
    days_head,
    goods_head,
    goods_rows,
    late_charts,
    sales_chart,
    sales_tiles,
    settled_panel,
    share_rankings,
    slow_rows,
    state_ranking,
    store_rows,
)
from orders.presenting.panels import panels_of
from orders.queries.figures import by_class, days_for_table, sales_figures, settled, waiting_now
from orders.queries.goods_figures import best_goods, by_category, goods_for_table, slow_goods, stock_cover
from orders.queries.spans import Span
from unions.admin.choosing import ask_union, union_chosen, unions_to_choose
from unions.models import Union

TABLES = ("days", "goods")


def figure_pages(page: admin.ModelAdmin[Order]) -> list[URLPattern]:
    """The addresses below that of orders."""

    def figures(request: HttpRequest) -> HttpResponse:
        return _figures(page, request)

    def table(request: HttpRequest, table: str, shape: str) -> HttpResponse | StreamingHttpResponse:
        return _table(page, request, table, shape)

    view = page.admin_site.admin_view
    return [
        path("figures/", view(figures), name="orders_figures"),
        path("figures/<slug:table>.<slug:shape>", view(table), name="orders_figures_table"),
    ]


def _figures(page: admin.ModelAdmin[Order], request: HttpRequest) -> HttpResponse:
    if not page.has_view_permission(request):
        raise PermissionDenied
    union = union_chosen(request, runs=False)
    if union is None:
        return ask_union(request, page, _("Figures of sales"), runs=False)
    now = timezone.now()
    choice = choice_of(request, union=union, now=now, keep={"union": str(union.pk)})
    others = [other for other in unions_to_choose(request, runs=False) if other != union]
    with scopes_disabled():
        context = {
            **page.admin_site.each_context(request),
            "opts": page.opts,
            "title": _("Figures of sales"),
            "union": union,
            "others": [(f"?union={other.pk}&time={choice.span.kind}", other) for other in others],
            "choice": choice,
            **_shown(union, choice.span, now=now),
        }
    return TemplateResponse(request, "admin/office/figures.html", context)


def _shown(union: Union, span: Span, *, now: Any) -> dict[str, Any]:
    sales = sales_figures(union, span=span)
    payouts = f"{reverse('admin:payments_payout_changelist')}?union={union.pk}"
    slow = slow_rows(slow_goods(union, span=span), union)
    covers = cover_rankings(stock_cover(union, today=span.last))
    panels = [
        settled_panel(settled(union, span=span), union=union, url=payouts),
        *panels_of(union=union, span=span, now=now),
    ]
    if not sales.has_any:
        return {"has_any": False, "panels": panels, "slow": slow, "covers": covers}
    classes = [(f"{code} {title}".strip(), sold, before) for code, title, sold, before in by_class(sales.by_store)]
    return {
        "has_any": True,
        "panels": panels,
        "slow": slow,
        "covers": covers,
        "tiles": [*sales_tiles(sales, union), commission_figure(sales.total, sales.before, union)],
        "charts": [sales_chart(sales, union=union, span=span), *late_charts(sales)],
        "rankings": [
            state_ranking(sales, waiting_now(union, now=now)),
            *share_rankings(
                classes,
                union=union,
                heading=_("Business class"),
                unit=_("Share of sales in %, by business class of the store"),
                without=_("In no class"),
            ),
            *share_rankings(
                by_category(union, span=span),
                union=union,
                heading=_("Category"),
                unit=_("Share of sales in %, by category"),
                without=_("In no category"),
            ),
        ],
        "goods": goods_rows(best_goods(union, span=span), union),
        "stores": store_rows(sales.by_store, union),
    }


def _table(
    page: admin.ModelAdmin[Order], request: HttpRequest, table: str, shape: str
) -> HttpResponse | StreamingHttpResponse:
    if not page.has_view_permission(request):
        raise PermissionDenied
    if shape not in SHAPES or table not in TABLES:
        raise Http404
    union = union_chosen(request, runs=False)
    if union is None:
        return ask_union(request, page, _("Figures of sales"), runs=False)
    span = choice_of(request, union=union, now=timezone.now()).span
    with scopes_disabled():
        if table == "days":
            head, rows = days_head(), list(days_for_table(union, span=span))
        else:
            head, rows = goods_head(), list(goods_for_table(union, span=span))
    return table_file(request, name=f"{union.slug}-{table}", shape=shape, head=head, rows=rows)
