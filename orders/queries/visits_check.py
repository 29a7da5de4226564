"""The proof that kept figures of visitors are those of the browsing record, as far back as that is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from core.statements import rows_of
from unions.models import Union
from unions.services.retaining import midnight

DAYS_AT_ONCE = 31

# Days with a record, and days with figures since the record begins: whole days are forgotten at its end, and what was
# counted of them stays. Left out is what is to be counted anew anyway, now or once an event about a purchase is
# handled.
_DAYS = """
WITH recorded AS (
    SELECT DISTINCT (at AT TIME ZONE %(zone)s)::date AS day FROM unions_browsingevent
    WHERE union_id = %(union)s AND at >= %(since)s
), bought AS (
    SELECT DISTINCT (event.at AT TIME ZONE %(zone)s)::date AS day
    FROM unions_browsingevent AS event JOIN orders_purchase AS purchase
        ON purchase.union_id = %(union)s AND purchase.number = event.words
    JOIN orders_order AS o ON o.purchase_id = purchase.id
    WHERE event.union_id = %(union)s AND event.at >= %(since)s AND event.kind = 'purchase' AND (
        o.changed_at >= %(before)s OR EXISTS (
            SELECT FROM core_outboxevent AS told WHERE told.aggregate = 'order:' || o.id AND told.delivered_at IS NULL
        )
    )
)
SELECT day FROM recorded
UNION SELECT day FROM orders_visitday WHERE union_id = %(union)s AND day >= (SELECT min(day) FROM recorded)
EXCEPT SELECT day FROM unions_browsedday WHERE union_id = %(union)s
EXCEPT SELECT day FROM bought
ORDER BY 1
"""

# One row for each thing that a visitor did somewhere: the store it belongs to and how far that is, from 1 (saw
# something) to 4 (bought). Without a store it is the union's. Visitors are counted by what is distinct, days at once.
_RECORD = """
WITH asked AS MATERIALIZED (SELECT unnest(%(days)s::date[]) AS day), event AS MATERIALIZED (
    SELECT e.visitor, e.kind, e.page, e.product, e.words, e.results, e.seconds, asked.day
    FROM unions_browsingevent AS e JOIN asked ON asked.day = (e.at AT TIME ZONE %(zone)s)::date
    WHERE e.union_id = %(union)s AND e.at >= (SELECT min(day) - 1 FROM asked)
        AND e.at < (SELECT max(day) + 2 FROM asked)
), paid AS MATERIALIZED (
    SELECT event.day, event.visitor, o.id AS order_id, o.store_id
    FROM event JOIN orders_purchase AS purchase ON purchase.union_id = %(union)s AND purchase.number = event.words
    JOIN orders_order AS o ON o.purchase_id = purchase.id
    WHERE event.kind = 'purchase' AND o.state IN ('paid', 'accepted', 'packed', 'shipped', 'delivered', 'completed')
)
"""
_VISITS = (
    _RECORD
    + """, place AS (
    SELECT day, visitor, page, seconds, kind, split_part(page, '/', 2) AS store, 1 AS stage FROM event
    WHERE kind IN ('page', 'product', 'dwell')
    UNION ALL SELECT day, visitor, '', 0, kind, split_part(product, '/', 1), 2 FROM event
    WHERE kind = 'cart' AND product <> ''
    UNION ALL SELECT day, visitor, '', 0, kind, unnest(string_to_array(words, ' ')), 3 FROM event
    WHERE kind = 'checkout'
), done AS (
    SELECT place.day, store.id AS store_id, place.visitor, place.page, place.seconds, place.kind, place.stage
    FROM place JOIN stores_store AS store ON store.union_id = %(union)s AND store.slug = place.store
    UNION ALL SELECT day, store_id, visitor, '', 0, 'purchase', 4 FROM paid
    UNION ALL SELECT day, NULL, visitor, page, seconds, kind,
        CASE WHEN kind = 'checkout' THEN 3 WHEN kind = 'cart' AND product <> '' THEN 2 ELSE 1 END FROM event
    UNION ALL SELECT day, NULL, visitor, '', 0, 'purchase', 4 FROM paid
), stayed AS (
    SELECT day, store_id, sum(longest) AS seconds FROM (
        SELECT day, store_id, max(seconds) AS longest FROM done
        WHERE kind = 'dwell' GROUP BY day, store_id, visitor, page
    ) AS page GROUP BY day, store_id
), anew AS (
    SELECT done.day, coalesce(done.store_id, 0) AS key, count(DISTINCT visitor) AS seen,
        count(DISTINCT visitor) FILTER (WHERE stage >= 2) AS in_cart,
        count(DISTINCT visitor) FILTER (WHERE stage >= 3) AS checkout,
        count(DISTINCT visitor) FILTER (WHERE stage = 4) AS bought,
        count(*) FILTER (WHERE kind IN ('page', 'product')) AS views, coalesce(max(stayed.seconds), 0) AS seconds
    FROM done LEFT JOIN stayed ON stayed.day = done.day AND stayed.store_id IS NOT DISTINCT FROM done.store_id
    GROUP BY done.day, done.store_id
), kept AS (
    SELECT day, coalesce(store_id, 0) AS key, seen, in_cart, checkout, bought, views, seconds
    FROM orders_visitday JOIN asked USING (day) WHERE union_id = %(union)s
)
SELECT DISTINCT day FROM kept FULL JOIN anew USING (day, key)
WHERE (kept.seen, kept.in_cart, kept.checkout, kept.bought, kept.views, kept.seconds)
    IS DISTINCT FROM (anew.seen, anew.in_cart, anew.checkout, anew.bought, anew.views, anew.seconds)
"""
)
# A good that has another address since, or is gone, is not known by what the record says: such a day is left out.
_GOODS = (
    _RECORD
    + """, good AS (
    SELECT product.id, store.slug || '/' || product.slug AS item
    FROM stores_product AS product JOIN stores_store AS store ON store.id = product.store_id
    WHERE store.union_id = %(union)s
), unknown AS (
    SELECT DISTINCT day FROM event WHERE product <> '' AND product NOT IN (SELECT item FROM good)
), done AS (
    SELECT day, good.id, visitor, CASE kind WHEN 'cart' THEN 2 ELSE 1 END AS stage
    FROM event JOIN good ON good.item = event.product WHERE kind IN ('product', 'cart')
    UNION ALL SELECT paid.day, variant.product_id, paid.visitor, 3
    FROM paid JOIN orders_orderline AS line ON line.order_id = paid.order_id
        JOIN stores_variant AS variant ON variant.id = line.variant_id
), anew AS (
    SELECT day, id AS key, count(DISTINCT visitor) AS seen,
        count(DISTINCT visitor) FILTER (WHERE stage >= 2) AS in_cart,
        count(DISTINCT visitor) FILTER (WHERE stage = 3) AS bought
    FROM done GROUP BY day, id
), kept AS (
    SELECT day, product_id AS key, seen, in_cart, bought, "left" FROM orders_goodsday JOIN asked USING (day)
    WHERE union_id = %(union)s
)
SELECT DISTINCT day FROM kept FULL JOIN anew USING (day, key)
WHERE day NOT IN (SELECT day FROM unknown)
    AND (kept.seen, kept.in_cart, kept.bought, kept.left)
    IS DISTINCT FROM (anew.seen, anew.in_cart, anew.bought, anew.in_cart - anew.bought)
"""
)
_SEARCHES = (
    _RECORD
    + """, searched AS (
    SELECT day, visitor, results, lower(btrim(words)) AS key FROM event WHERE kind = 'search'
), anew AS (
    SELECT day, key, count(DISTINCT visitor) AS visitors, count(*) AS times,
        count(*) FILTER (WHERE results = 0) AS in_vain
    FROM searched WHERE key <> '' GROUP BY day, key
), kept AS (
    SELECT day, words AS key, visitors, times, in_vain FROM orders_searchday JOIN asked USING (day)
    WHERE union_id = %(union)s
)
SELECT DISTINCT day FROM kept FULL JOIN anew USING (day, key)
WHERE (kept.visitors, kept.times, kept.in_vain) IS DISTINCT FROM (anew.visitors, anew.times, anew.in_vain)
"""
)


@dataclass(frozen=True, slots=True)
class VisitsDiffer:
    """A day whose kept figures are not those of the record; `of` says which: "visitors", "goods" or "searches"."""

    day: date
    of: str


def visit_days_that_differ(union: Union, *, before: datetime, now: datetime) -> tuple[int, list[VisitsDiffer]]:
    """How many days of the union were compared, and those that differ. Days of purchases that moved since `before` are
    left out, and so is what is older than the record is kept."""
    since = midnight(union=union, days=union.browsing_kept_days, now=now)
    days = [row.day for row in _rows(_DAYS, union, since=since, before=before)]
    found = []
    for part in _parts(days):
        for of, statement in (("visitors", _VISITS), ("goods", _GOODS), ("searches", _SEARCHES)):
            found += [VisitsDiffer(row.day, of) for row in _rows(statement, union, days=part)]
    return len(days), sorted(found, key=lambda each: (each.day, each.of))


def _parts(days: list[date]) -> Iterator[list[date]]:
    for start in range(0, len(days), DAYS_AT_ONCE):
        yield days[start : start + DAYS_AT_ONCE]


def _rows(statement: str, union: Union, **more: Any) -> list[Any]:
    return rows_of(statement, {"union": union.pk, "zone": union.time_zone, **more})
