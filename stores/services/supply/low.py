"""Noticing what runs low, once for each crossing, and keeping how much was sold per day.

Both look at what has happened instead of standing in the way of a sale: a rush pays nothing for them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from core.outbox import publish_all
from core.statements import tuples_of
from stores.events import STOCK_LOW

QUIET = timedelta(hours=12)
"""Carts come and go: what was told of is not told of again so soon."""

_OVER = """
UPDATE stores_lowstock n SET over_at = %(now)s
FROM stores_stocklevel l JOIN stores_variant v ON v.id = l.variant_id
WHERE n.variant_id = l.variant_id AND n.over_at IS NULL AND (l.available > l.low_at OR NOT v.is_active)
"""
_LOW = """
INSERT INTO stores_lowstock (union_id, store_id, variant_id, available, since)
SELECT l.union_id, v.store_id, v.id, l.available, %(now)s
FROM stores_stocklevel l
JOIN stores_variant v ON v.id = l.variant_id
JOIN stores_product p ON p.id = v.product_id
WHERE l.low_at > 0 AND l.available <= l.low_at AND v.is_active AND v.tracks_stock AND p.archived_at IS NULL
    AND NOT EXISTS (
        SELECT FROM stores_lowstock n
        WHERE n.variant_id = v.id AND (n.over_at IS NULL OR n.over_at > %(now)s - %(quiet)s)
    )
ORDER BY v.store_id, v.id
ON CONFLICT DO NOTHING
RETURNING store_id, id
"""


@transaction.atomic
def notice_low_stock(*, now: datetime) -> int:
    """Open a notice for every variant that fell to its mark, close those that have enough; says how many are new.

    Each store with new ones gets one STOCK_LOW, from which mails and calls follow.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OVER, {"now": now})
    fresh: dict[int, list[int]] = {}
    for store_id, notice_id in tuples_of(_LOW, {"now": now, "quiet": QUIET}):
        fresh.setdefault(store_id, []).append(notice_id)
    publish_all(
        [
            (STOCK_LOW, f"store:{store_id}", {"store_id": store_id, "notice_ids": notices})
            for store_id, notices in fresh.items()
        ]
    )
    return sum(map(len, fresh.values()))


_SOLD = """
WITH sums AS (
    SELECT m.union_id, m.variant_id, (m.at AT TIME ZONE u.time_zone)::date AS day, -sum(m.quantity)::int AS pieces
    FROM stores_stockmovement m JOIN unions_union u ON u.id = m.union_id
    WHERE m.kind = 'sold' AND m.at >= %(since)s
    GROUP BY 1, 2, 3
)
INSERT INTO stores_soldday AS d (union_id, variant_id, day, pieces)
SELECT union_id, variant_id, day, pieces FROM sums WHERE day > (%(since)s)::date AND pieces > 0 ORDER BY variant_id, day
ON CONFLICT (variant_id, day) DO UPDATE SET pieces = excluded.pieces WHERE d.pieces <> excluded.pieces
"""


def keep_sold_days(*, since: datetime) -> int:
    """Count the sales of every whole day after `since` (in each union's time zone) anew; says how many days changed."""
    midnight = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SOLD, {"since": midnight})
        return cursor.rowcount
