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
from django.db.models.functions import TruncDate
from django_scopes import scopes_disabled

from ascc.models import Dispute, ServiceProvider
from core.localized import localized
from orders.models import Order
from payments.models import CheckReport, Earning, Payout
from stores.models import Store
from unions.models import BusinessClass, Membership, Redirect, Union

DAYS = 30
WAITING = (Order.State.PAID, Order.State.ACCEPTED, Order.State.PACKED)
DUE = (Payout.State.PENDING, Payout.State.FAILED)


@dataclass(slots=True)
class UnionRow:
    """One union in the comparison. Amounts are minor units of its own currency."""

    union: Union
    applications: int = 0
    waiting: int = 0
    late: int = 0
    orders: int = 0
    sold: int = 0
    redirects: int = 0
    payouts_due: int = 0
    payouts_failed: int = 0
    due_amount: int = 0
    unpaid: int = 0
    providers: int = 0
    disputes: int = 0
    check: CheckReport | None = None


@scopes_disabled()
def compare(unions: Sequence[Union], *, now: datetime) -> list[UnionRow]:
    """The unions side by side; eight queries."""
    rows = {union.pk: UnionRow(union) for union in unions}
    since = now - timedelta(days=DAYS)
    here = {"union__in": list(rows)}
    applied = Membership.objects.filter(**here, state=Membership.State.APPLIED)
    for found in _by_union(applied, applications=Count("pk")):
        rows[found["union"]].applications = found["applications"]
    orders = Order.objects.filter(**here).filter(Q(placed_at__gte=since) | Q(state__in=WAITING))
    recent = Q(placed_at__gte=since) & ~Q(state__in=Order.NOT_SOLD)
    for found in _by_union(
        orders,
        waiting=Count("pk", filter=Q(state__in=WAITING)),
        late=Count("pk", filter=Q(state__in=WAITING, deadline__lt=now)),
        orders=Count("pk", filter=recent),
        sold=Sum("total", filter=recent, default=0),
    ):
        _fill(rows, found)
    redirects = Redirect.objects.filter(**here, at__gte=since)
    for found in _by_union(redirects, redirects=Count("pk")):
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
    ways: list[tuple[str, int]]
    classes: list[tuple[str, str, int]]
    top_stores: list[Any] = field(default_factory=list)

    @property
    def sold(self) -> int:
        return sum(amount for _day, amount in self.days)


@scopes_disabled()
def look_into(union: Union, *, now: datetime) -> UnionFigures:
    """Sales by day, orders by state, redirects by way and class, the stores that sold most; six queries."""
    zone = ZoneInfo(union.time_zone)
    today = now.astimezone(zone).date()
    first = today - timedelta(days=DAYS - 1)
    since = datetime.combine(first, time.min, tzinfo=zone)
    sold = Order.objects.filter(union=union).exclude(state__in=Order.NOT_SOLD).order_by()
    by_day = dict(
        sold.filter(placed_at__gte=since)
        .annotate(day=TruncDate("placed_at", tzinfo=zone))
        .values_list("day")
        .annotate(amount=Sum("total"))
    )
    before = sold.filter(placed_at__gte=since - timedelta(days=DAYS), placed_at__lt=since)
    open_or_recent = Order.objects.filter(union=union).filter(Q(placed_at__gte=since) | Q(state__in=WAITING))
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
        days=[(day, by_day.get(day, 0)) for day in (first + timedelta(days=ahead) for ahead in range(DAYS))],
        sold_before=before.aggregate(amount=Sum("total", default=0))["amount"],
        states=dict(open_or_recent.order_by().values_list("state").annotate(number=Count("pk"))),
        ways=list(ways),
        classes=[
            (code, localized(titles[code], "title") if code in titles else code, number)
            for code, number in counted.items()
        ],
        top_stores=list(
            Store.objects.filter(union=union)
            .annotate(
                sold=Sum("orders__total", filter=_sold_since(since)), number=Count("orders", filter=_sold_since(since))
            )
            .filter(sold__gt=0)
            .order_by("-sold", "name")
            .values("pk", "name", "sold", "number")[:6]
        ),
    )


def _sold_since(since: datetime) -> Q:
    return Q(orders__placed_at__gte=since) & ~Q(orders__state__in=Order.NOT_SOLD)


def _by_union(rows: Any, **figures: Any) -> Any:
    return rows.order_by().values("union").annotate(**figures)


def _fill(rows: dict[int, UnionRow], found: dict[str, Any]) -> None:
    for name, value in found.items():
        if name != "union":
            setattr(rows[found["union"]], name, value)
