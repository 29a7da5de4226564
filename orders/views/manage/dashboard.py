"""Today at a store: what waits, what was sold, what runs low; for a fresh one the way to its opening."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.presenting.figures import fortnight_chart
from orders.queries.manage import sales_by_day, work_figures, work_list
from orders.queries.runs import work_counts
from payments.queries.accounts import can_be_paid_out
from stores.models import Store
from stores.queries.manage import low_levels, opening_of
from stores.services.opening import missing_steps
from stores.views.manage.frame import Permission, actor_of, manage_page, show

LOW_SHOWN = 5
SALES_DAYS = 14


@manage_page(None)
def dashboard(request: HttpRequest, store: Store) -> HttpResponse:
    """Today: what waits, what was sold, what runs low, and for a fresh store the way to its opening."""
    now = timezone.now()
    looks = store.only_looking  # type: ignore[attr-defined]
    may = store.allowed  # type: ignore[attr-defined]
    context: dict[str, Any] = {"opening": opening_of(store, now=timezone.now())}
    if looks or Permission.ORDERS in may:
        context["figures"] = work_figures(store, now=now)
        context["urgent"] = work_list(store, now=now)[:LOW_SHOWN]
        context["late_steps"] = work_counts(store, actor_of(request), allowed=Permission.values, now=now)["late"]
        context["now"] = now
    if looks or {Permission.ORDERS, Permission.SETTLEMENT} & may:
        sales = sales_by_day(store, now=now, days=2 * SALES_DAYS)
        before = sum(day.total for day in sales[:SALES_DAYS])
        context["sales"] = fortnight_chart(store, sales[SALES_DAYS:], before=before)
        context["has_sold"] = any(day.orders for day in sales[SALES_DAYS:])
    if looks or Permission.STOCK in may:
        low = low_levels(store).select_related("variant__product").order_by("available", "variant_id")
        context["low_count"] = low.count()
        context["low"] = low[:LOW_SHOWN]
    if looks or Permission.CATALOGUE in may:
        context["steps"] = _first_steps(store)
    counts = {"orders": context["figures"].paid} if "figures" in context else {}
    return show(request, store, "dashboard.html", context, section="dashboard", counts=counts)


def _first_steps(store: Store) -> list[dict[str, Any]]:
    """What is to be done before a store can open; empty once it is open."""
    if store.is_published:
        return []
    missing = missing_steps(store=store)
    has_account = can_be_paid_out(store.membership)
    rows = [
        ("texts", _("Say who you are"), _("One line and a short introduction."), "settings"),
        ("hours", _("Tell your opening hours"), _("Also a shop without a counter answers at some times."), "hours"),
        ("delivery", _("Say how goods reach the shopper"), _("Pick-up, delivery, prices and days."), "delivery"),
        ("goods", _("Put your first goods in the window"), _("A title, a price, a picture."), "catalogue"),
    ]
    steps = [
        {"title": title, "text": text, "page": page, "is_done": name not in missing} for name, title, text, page in rows
    ]
    steps.append(
        {
            "title": _("Name the account for your earnings"),
            "text": _("You can open without it; payouts wait for it."),
            "page": "settlement",
            "is_done": has_account,
        }
    )
    return steps
