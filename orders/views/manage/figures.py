"""A store's figures: what was sold, how it arrived, which goods go and which stand; and the same as tables."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.tables import table_file
from orders.forms.figures import choice_of
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
)
from orders.presenting.panels import panels_of
from orders.queries.figures import days_for_table, sales_figures, settled, waiting_now
from orders.queries.goods_figures import best_goods, by_category, goods_for_table, slow_goods, stock_cover
from orders.queries.spans import Span
from stores.models import Store
from stores.views.manage.frame import Permission, kwargs_of, manage_page, show

TABLES = ("days", "goods")


@manage_page(Permission.ORDERS)
def figures(request: HttpRequest, store: Store) -> HttpResponse:
    """Everything at a glance, each beside the time before."""
    now, union = timezone.now(), store.union
    choice = choice_of(request, union=union, now=now)
    sales = sales_figures(union, store, span=choice.span)
    slow = slow_goods(union, store, span=choice.span)
    cover = stock_cover(union, store, today=choice.span.last)
    context: dict[str, Any] = {
        "choice": choice,
        "has_any": sales.has_any,
        "slow": slow_rows(slow, union),
        "covers": cover_rankings(cover),
        "panels": _panels(store, choice.span),
    }
    if sales.has_any:
        context |= {
            "tiles": [*sales_tiles(sales, union), commission_figure(sales.total, sales.before, union)],
            "charts": [sales_chart(sales, union=union, span=choice.span), *late_charts(sales)],
            "rankings": [
                state_ranking(sales, waiting_now(union, store, now=now)),
                *share_rankings(
                    by_category(union, store, span=choice.span),
                    union=union,
                    heading=_("Category"),
                    unit=_("Share of sales in %, by category"),
                    without=_("In no category"),
                ),
            ],
            "goods": goods_rows(best_goods(union, store, span=choice.span), union),
        }
    return show(request, store, "figures/page.html", context, section="figures")


@manage_page(Permission.ORDERS)
def figures_table(request: HttpRequest, store: Store, table: str, shape: str) -> StreamingHttpResponse:
    """The same for a spreadsheet: by day, or by product."""
    span = choice_of(request, union=store.union, now=timezone.now()).span
    if table == "days":
        head, rows = days_head(), list(days_for_table(store.union, store, span=span))
    else:
        head, rows = goods_head(), list(goods_for_table(store.union, store, span=span))
    return table_file(request, name=f"{store.slug}-{table}", shape=shape, head=head, rows=rows)


def _panels(store: Store, span: Span) -> list[Any]:
    """What may be seen of it: the office that looks in sees all."""
    allowed = None if store.only_looking else set(store.allowed)  # type: ignore[attr-defined]
    panels = panels_of(union=store.union, store=store, span=span, now=timezone.now(), allowed=allowed)
    if allowed is None or Permission.SETTLEMENT in allowed:
        url = reverse("manage:settlement", kwargs=kwargs_of(store))
        panels.insert(0, settled_panel(settled(store.union, store, span=span), union=store.union, url=url))
    return panels
