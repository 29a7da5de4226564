"""The figures of the dashboard: a fixed number of queries, for one union as for all of them.

Nothing here asks who reads: the caller passes the unions that the reader may see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, Sum
from django_scopes import scopes_disabled

from ascc.models import Dispute, ServiceProvider
from core.localized import localized
from orders.models import Order, StoreDay
from orders.queries.figures import sales_figures
from orders.queries.spans import Span
from payments.models import CheckReport, Earning, Payout
from unions.models import BusinessClass, Membership, Redirect, Union

DAYS = 30
SHOWN_STATES = [state.value for state in Order.State if state != Order.State.PLACED]
TOP_STORES = 6
DUE = (Payout.State.PENDING, Payout.State.FAILED)


@dataclass(slots=True)
class UnionRow:
    """One union in the comparison. Amounts are minor units of its own currency."""

    union: Union
    applications: int = 0
    waiting: int = 0
    late: int = 0
    orders: int = 0
    orders_before: int = 0
    orders_by_day: dict[date, int] = field(default_factory=dict)
    sold: int = 0
    sold_before: int = 0
    redirects: int = 0
    redirects_before: int = 0
    payouts_due: int = 0
    payouts_failed: int = 0
    due_amount: int = 0
    unpaid: int = 0
    providers: int = 0
    disputes: int = 0
    check: CheckReport | None = None


@scopes_disabled()
def compare(unions: Sequence[Union], *, now: datetime) -> list[UnionRow]:
    """The unions side by side; nine queries, whatever was sold."""
    rows = {union.pk: UnionRow(union) for union in unions}
    since = now - timedelta(days=DAYS)
    here = {"union__in": list(rows)}
    applied = Membership.objects.filter(**here, state=Membership.State.APPLIED)
    for found in _by_union(applied, applications=Count("pk")):
        rows[found["union"]].applications = found["applications"]
    waiting = Order.objects.filter(**here, state__in=Order.WAITING)
    for found in _by_union(waiting, waiting=Count("pk"), late=Count("pk", filter=Q(deadline__lt=now))):
        _fill(rows, found)
    # Each union's days are those of its own clock; a day more than any of them needs is read, and left out again.
    kept = StoreDay.objects.filter(**here, day__gte=(since - timedelta(days=DAYS + 1)).date()).order_by()
    firsts = {union.pk: _first_day(union, now=now) for union in unions}
    sums = kept.values("union", "day").annotate(orders=Sum("orders"), sold=Sum("gross") - Sum("taken_back"))
    for found in sums:
        row, first = rows[found["union"]], firsts[found["union"]]
        if found["day"] >= first:
            row.orders += found["orders"]
            row.orders_by_day[found["day"]] = found["orders"]
            row.sold += found["sold"]
        elif found["day"] >= first - timedelta(days=DAYS):
            row.orders_before += found["orders"]
            row.sold_before += found["sold"]
    redirects = Redirect.objects.filter(**here, at__gte=since - timedelta(days=DAYS))
    for found in _by_union(
        redirects,
        redirects=Count("pk", filter=Q(at__gte=since)),
        redirects_before=Count("pk", filter=Q(at__lt=since)),
    ):
        _fill(rows, found)
    for found in _by_union(
        Payout.objects.filter(**here, state__in=DUE),
        payouts_due=Count("pk"),
        payouts_failed=Count("pk", filter=Q(state=Payout.State.FAILED)),
        due_amount=Sum("amount", default=0),
    ):
        _fill(rows, found)
    for found in _by_union(Earning.objects.filter(**here, payout=None), unpaid=Sum("net", default=0)):
        _fill(rows, found)
    asking = ServiceProvider.objects.filter(**here, state=ServiceProvider.State.APPLIED)
    for found in _by_union(asking, providers=Count("pk")):
        _fill(rows, found)
    for found in _by_union(Dispute.objects.filter(**here, decided_at=None), disputes=Count("pk")):
        _fill(rows, found)
    for report in CheckReport.objects.filter(**here).order_by("union_id", "-at").distinct("union_id"):
        rows[report.union_id].check = report
    return list(rows.values())


@dataclass(slots=True)
class UnionFigures:
    """One union in detail: `days` are (date, minor units) of the last 30 days, oldest first."""

    days: list[tuple[date, int]]
    sold_before: int
    states: dict[str, int]
    states_before: dict[str, int]
    ways: list[tuple[str, int]]
    classes: list[tuple[str, str, int]]
    top_stores: list[Any] = field(default_factory=list)

    @property
    def sold(self) -> int:
        return sum(amount for _day, amount in self.days)


@scopes_disabled()
def look_into(union: Union, *, now: datetime) -> UnionFigures:
    """Sales by day, orders by state, redirects by way and class, the stores that sold most; five queries."""
    zone = ZoneInfo(union.time_zone)
    first = _first_day(union, now=now)
    since = datetime.combine(first, time.min, tzinfo=zone)
    span = Span("30", first, first + timedelta(days=DAYS - 1), zone)
    sales = sales_figures(union, span=span)
    states = {state: getattr(sales.total, state) for state in SHOWN_STATES}
    redirects = Redirect.objects.filter(union=union, at__gte=since).order_by()
    ways = redirects.values_list("way").annotate(number=Count("pk")).order_by("-number", "way")
    classes = (
        redirects.exclude(business_class="")
        .values_list("business_class")
        .annotate(number=Count("pk"))
        .order_by("-number", "business_class")[:6]
    )
    counted: dict[str, int] = dict(classes)
    titles = {row.code: row for row in BusinessClass.objects.filter(code__in=counted)} if counted else {}
    return UnionFigures(
        days=[(day, each.net) for day, each in sales.days],
        sold_before=sales.before.net,
        states={state: number for state, number in states.items() if number},
        states_before={state: getattr(sales.before, state) for state in SHOWN_STATES},
        ways=list(ways),
        classes=[
            (code, localized(titles[code], "title") if code in titles else code, number)
            for code, number in counted.items()
        ],
        top_stores=[
            {"pk": each.store_id, "name": each.name, "sold": each.now.net, "number": each.now.orders}
            for each in sales.by_store[:TOP_STORES]
            if each.now.net > 0
        ],
    )


def _first_day(union: Union, *, now: datetime) -> date:
    """The first of the last 30 days of its calendar."""
    return now.astimezone(ZoneInfo(union.time_zone)).date() - timedelta(days=DAYS - 1)


def _by_union(rows: Any, **figures: Any) -> Any:
    return rows.order_by().values("union").annotate(**figures)


def _fill(rows: dict[int, UnionRow], found: dict[str, Any]) -> None:
    for name, value in found.items():
        if name != "union":
            setattr(rows[found["union"]], name, value)
