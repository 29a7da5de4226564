"""Urgent sales of the demo, fresh at each start: one that runs, one to come, one that is over since an hour."""

from datetime import datetime, timedelta

from stores.models import UrgentSale, Variant
from stores.services.urgent import SalePlan, finish_sales, plan_sale
from unions.models import Union

HOUR = timedelta(hours=1)
PIECES = 6
# Percent off, begin and end from now on, and at most so many for each shopper.
SALES = ((25, -3 * HOUR, -HOUR, None), (40, -HOUR / 4, 8 * HOUR, 2), (30, 3 * HOUR, 5 * HOUR, 1))


def load_urgent_sales(*, union: Union, now: datetime) -> None:
    """Goods of three stores that have plenty; nothing while the ones of an earlier start still run."""
    soon = now + HOUR / 2
    if UrgentSale.objects.filter(union=union, cancelled_at=None, starts_at__lte=now, ends_at__gt=soon).exists():
        return
    plenty = (
        Variant.objects.filter(
            union=union,
            is_active=True,
            tracks_stock=True,
            product__is_published=True,
            store__is_published=True,
            stock__available__gte=3 * PIECES,
            price__gte=200,
        )
        .exclude(urgent_sales__cancelled_at=None, urgent_sales__ends_at__gt=now - 4 * HOUR)
        .select_related("store__union", "product")
        .order_by("store_id", "price", "id")
    )
    of_stores = {variant.store_id: variant for variant in plenty}
    for (percent, begin, end, most), variant in zip(SALES, list(of_stores.values())[:3], strict=False):
        plan = SalePlan(
            variant=variant,
            quantity=PIECES,
            starts_at=now + begin,
            ends_at=now + end,
            percent=percent,
            per_shopper=most,
        )
        plan_sale(store=variant.store, plan=plan, actor=None, now=min(now, now + begin))
    finish_sales(now=now)
