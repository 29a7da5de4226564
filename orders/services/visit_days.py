"""Counting visitors by day from the browsing record: a day that was touched is counted as a whole, set by set."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models.functions import TruncDate

from orders.models import GoodsDay, SearchDay, VisitDay
from unions.models import BrowsedDay, BrowsingEvent, Union
from unions.services.browsing import one_at_a_time
from unions.services.retaining import midnight

AT_ONCE = 500

# `stage` is how far a visitor came: 1 saw something, 2 put it in the cart, 3 went to the checkout, 4 bought. An order
# that was never paid is no purchase.
_EVENTS = """
WITH event AS (
    SELECT visitor, kind, page, product, words, seconds
    FROM unions_browsingevent WHERE union_id = %(union)s AND at >= %(start)s AND at < %(end)s
), sold AS (
    SELECT event.visitor, o.id AS order_id, o.store_id
    FROM event JOIN orders_purchase p ON p.union_id = %(union)s AND p.number = event.words
    JOIN orders_order o ON o.purchase_id = p.id AND o.state NOT IN ('placed', 'cancelled')
    WHERE event.kind = 'purchase'
), store AS (
    SELECT id, slug FROM stores_store WHERE union_id = %(union)s
)
"""
_STORES = (
    _EVENTS
    + """, reached AS (
    SELECT store.id AS store_id, event.visitor, 1 AS stage
        FROM event JOIN store ON store.slug = split_part(page, '/', 2)
        WHERE kind IN ('page', 'product', 'dwell')
    UNION ALL
    SELECT store.id, event.visitor, 2 FROM event JOIN store ON store.slug = split_part(product, '/', 1)
        WHERE kind = 'cart' AND product <> ''
    UNION ALL
    SELECT store.id, event.visitor, 3 FROM event
        CROSS JOIN unnest(string_to_array(event.words, ' ')) AS part(slug) JOIN store USING (slug)
        WHERE kind = 'checkout'
    UNION ALL
    SELECT store_id, visitor, 4 FROM sold
), furthest AS (
    SELECT store_id, visitor, max(stage) AS stage FROM reached GROUP BY store_id, visitor
), looked AS (
    SELECT store.id AS store_id, count(*) AS views FROM event JOIN store ON store.slug = split_part(page, '/', 2)
    WHERE kind IN ('page', 'product') GROUP BY store.id
), stayed AS (
    SELECT store_id, sum(seconds) AS seconds FROM (
        SELECT store.id AS store_id, max(seconds) AS seconds
        FROM event JOIN store ON store.slug = split_part(page, '/', 2)
        WHERE kind = 'dwell' GROUP BY store.id, visitor, page
    ) AS page GROUP BY store_id
)
INSERT INTO orders_visitday (union_id, store_id, day, seen, in_cart, checkout, bought, views, seconds)
SELECT %(union)s, store_id, %(day)s, count(*), count(*) FILTER (WHERE stage > 1), count(*) FILTER (WHERE stage > 2),
    count(*) FILTER (WHERE stage > 3), COALESCE(max(looked.views), 0), COALESCE(max(stayed.seconds), 0)
FROM furthest LEFT JOIN looked USING (store_id) LEFT JOIN stayed USING (store_id)
GROUP BY store_id
"""
)
_UNION = (
    _EVENTS
    + """, furthest AS (
    SELECT visitor, max(CASE
        WHEN kind = 'checkout' THEN 3 WHEN kind = 'cart' AND product <> '' THEN 2
        WHEN kind = 'purchase' AND visitor IN (SELECT visitor FROM sold) THEN 4 ELSE 1 END) AS stage
    FROM event GROUP BY visitor
)
INSERT INTO orders_visitday (union_id, store_id, day, seen, in_cart, checkout, bought, views, seconds)
SELECT %(union)s, NULL, %(day)s, count(*), count(*) FILTER (WHERE stage > 1), count(*) FILTER (WHERE stage > 2),
    count(*) FILTER (WHERE stage > 3),
    (SELECT count(*) FROM event WHERE kind IN ('page', 'product')),
    (SELECT COALESCE(sum(seconds), 0) FROM (
        SELECT max(seconds) AS seconds FROM event WHERE kind = 'dwell' GROUP BY visitor, page) AS page)
FROM furthest HAVING count(*) > 0
"""
)
_GOODS = (
    _EVENTS
    + """, good AS (
    SELECT product.id, product.store_id, store.slug || '/' || product.slug AS item
    FROM stores_product product JOIN store ON store.id = product.store_id
), had AS (
    SELECT good.id, visitor, bool_or(kind = 'cart') AS carted, false AS paid
    FROM event JOIN good ON good.item = event.product WHERE kind IN ('product', 'cart') GROUP BY good.id, visitor
    UNION ALL
    SELECT variant.product_id, sold.visitor, true, true
    FROM sold JOIN orders_orderline line ON line.order_id = sold.order_id
    JOIN stores_variant variant ON variant.id = line.variant_id
), each AS (
    SELECT id, visitor, bool_or(carted) AS carted, bool_or(paid) AS paid FROM had GROUP BY id, visitor
)
INSERT INTO orders_goodsday (union_id, store_id, product_id, day, seen, in_cart, bought, "left")
SELECT %(union)s, good.store_id, each.id, %(day)s, count(*), count(*) FILTER (WHERE carted),
    count(*) FILTER (WHERE paid), count(*) FILTER (WHERE carted AND NOT paid)
FROM each JOIN good USING (id) GROUP BY each.id, good.store_id
"""
)
_SEARCHES = """
INSERT INTO orders_searchday (union_id, day, words, visitors, times, in_vain)
SELECT %(union)s, %(day)s, lower(btrim(words)), count(DISTINCT visitor), count(*), count(*) FILTER (WHERE results = 0)
FROM unions_browsingevent
WHERE union_id = %(union)s AND at >= %(start)s AND at < %(end)s AND kind = 'search' AND btrim(words) <> ''
GROUP BY lower(btrim(words))
"""


def count_touched_days(*, now: datetime) -> int:
    """Count anew every day of which something was copied or erased. Returns how many days that were.

    A day whose record is no longer kept stays as it was counted.
    """
    touched = list(BrowsedDay.objects.select_related("union").order_by("union_id", "day")[:AT_ONCE])
    for each in touched:
        with transaction.atomic():
            # Whoever copies or erases waits, so that nothing is marked between counting and taking the mark away.
            one_at_a_time()
            BrowsedDay.objects.filter(pk=each.pk).delete()
            if each.day >= midnight(union=each.union, days=each.union.browsing_kept_days, now=now).date():
                count_day(union=each.union, day=each.day)
    return len(touched)


def count_record(*, union: Union, now: datetime) -> int:
    """Count anew every day of the union's that its record knows, as far back as it is kept. Returns how many."""
    since = midnight(union=union, days=union.browsing_kept_days, now=now)
    record = BrowsingEvent.objects.filter(union=union, at__gte=since).order_by()
    days = record.annotate(day=TruncDate("at", tzinfo=ZoneInfo(union.time_zone))).values_list("day", flat=True)
    recorded = sorted(set(days.distinct()))
    for day in recorded:
        with transaction.atomic():
            one_at_a_time()
            count_day(union=union, day=day)
    return len(recorded)


@transaction.atomic
def count_day(*, union: Union, day: date) -> None:
    """All figures of one day of a union; again gives the same."""
    start, end = bounds(union=union, day=day)
    for model in (VisitDay, GoodsDay, SearchDay):
        model.objects.filter(union=union, day=day).delete()
    values: dict[str, Any] = {"union": union.pk, "day": day, "start": start, "end": end}
    with connection.cursor() as cursor:
        for statement in (_STORES, _UNION, _GOODS, _SEARCHES):
            cursor.execute(statement, values)


def bounds(*, union: Union, day: date) -> tuple[datetime, datetime]:
    """From midnight to midnight where the union is."""
    zone = ZoneInfo(union.time_zone)
    return datetime.combine(day, time.min, zone), datetime.combine(day + timedelta(days=1), time.min, zone)
