"""The vouchers of what a store sold: found by any code, each with its timeline; figures and exports."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from ascc.models import VoucherStep
from ascc.presenting import timeline_shown, voucher_shown
from ascc.presenting.figures import care_shown, span_asked
from ascc.presenting.tables import table_file
from ascc.queries.finding import (
    MOST_LISTED,
    VIEWS,
    export_head,
    export_rows,
    steps_of,
    voucher_sold_by,
    vouchers_sold_by,
)
from ascc.queries.kept_figures import figures_lately
from core.money import format_money
from stores.models import Store
from stores.views.manage.frame import Permission, manage_page, show

PER_PAGE = 25
TABS = (
    ("all", gettext_lazy("All")),
    ("waiting", gettext_lazy("To be activated")),
    ("ready", gettext_lazy("Ready to use")),
    ("running", gettext_lazy("In service")),
    ("closed", gettext_lazy("Used up")),
    ("lapsed", gettext_lazy("Lapsed or cancelled")),
)


@manage_page(Permission.ORDERS)
def vouchers(request: HttpRequest, store: Store, shape: str = "") -> HttpResponse | StreamingHttpResponse:
    """Newest first; as CSV or Excel file what the list shows."""
    view = request.GET.get("view", "all")
    view = view if view in VIEWS else "all"
    words = request.GET.get("q", "").strip()[:100]
    found = vouchers_sold_by(store, view=view, words=words)
    if shape:
        return table_file(
            request, name=f"{store.slug}-vouchers", shape=shape, head=export_head(), rows=export_rows(found)
        )
    page, now = (
        Paginator(found.select_related("union", "store")[:MOST_LISTED], PER_PAGE).get_page(request.GET.get("page")),
        timezone.now(),
    )
    context = {
        "page": page,
        "rows": [voucher_shown(voucher, now=now) for voucher in page],
        "view": view,
        "words": words,
        "tabs": [{"name": name, "title": title, "current": name == view} for name, title in TABS],
        "asked": request.GET.urlencode(),
    }
    return show(request, store, "programs/vouchers.html", context, section="programs")


@manage_page(Permission.ORDERS)
def voucher(request: HttpRequest, store: Store, code: str) -> HttpResponse:
    """One of them with all that happened to it."""
    found = voucher_sold_by(store, code)
    steps = steps_of(found)
    context: dict[str, Any] = {
        "item": voucher_shown(found, now=timezone.now()),
        "voucher": found,
        "moments": [
            {**moment, "text": _who(step, moment["text"])}
            for step, moment in zip(steps, timeline_shown(steps), strict=True)
        ],
        "fund": format_money(found.fund, found.currency),
        "spent": format_money(found.spent, found.currency),
    }
    return show(request, store, "programs/voucher.html", context, section="programs")


def _who(step: VoucherStep, text: str) -> str:
    """The side's words with the name of the person; customers are named on the page of the order only."""
    if step.actor is None or step.side == VoucherStep.Side.CUSTOMER:
        return text
    return f"{text} · {step.actor.name}" if text else str(step.actor.name)


@manage_page(Permission.ORDERS)
def figures(request: HttpRequest, store: Store) -> HttpResponse:
    """How the service of what the store sold goes."""
    days, now = span_asked(request.GET.get("days", "")), timezone.now()
    shown = care_shown(figures_lately(store.union, store, days=days, now=now), union=store.union, days=days, now=now)
    return show(request, store, "programs/figures.html", shown, section="programs")
