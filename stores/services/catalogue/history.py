"""The one writer of the price history: what every service that changes prices calls afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from accounts.models import User

_KEEP = """
INSERT INTO stores_pricechange (union_id, variant_id, price, was_price, actor_id, at)
SELECT v.union_id, v.id, v.price, v.was_price, %(actor)s, %(now)s
FROM stores_variant v LEFT JOIN LATERAL (
    SELECT c.price, c.was_price FROM stores_pricechange c WHERE c.variant_id = v.id ORDER BY c.id DESC LIMIT 1
) l ON true
WHERE v.product_id = ANY(%(products)s)
    AND (l.price IS DISTINCT FROM v.price OR l.was_price IS DISTINCT FROM v.was_price)
ORDER BY v.id
"""


def keep_prices(*, product_ids: Sequence[int], actor: User | None, now: datetime) -> None:
    """Note every price of these products that differs from the last one noted. One statement.

    To be called in the transaction of the change: whoever changes the same variant waits for its row till then.
    """
    if product_ids:
        values = {"products": list(product_ids), "actor": actor.pk if actor else None, "now": now}
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, values)
