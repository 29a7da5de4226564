"""What a shopper's socket may watch."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from unions.models import Union

WATCHED = """
SELECT p.id, v.id, coalesce(l.available, 0)
FROM stores_product p
JOIN stores_store s ON s.id = p.store_id
JOIN unions_membership m ON m.id = s.membership_id
JOIN stores_variant v ON v.product_id = p.id AND v.is_active AND v.tracks_stock
LEFT JOIN stores_stocklevel l ON l.variant_id = v.id
WHERE p.union_id = %s AND p.id = ANY(%s) AND p.is_published AND s.is_published AND m.state = 'active'
ORDER BY v.id
"""


def watched_stock(union: Union, product_ids: Sequence[int]) -> list[tuple[int, int, int]]:
    """(product id, variant id, available) of the union's visible products among these."""
    with connection.cursor() as cursor:
        cursor.execute(WATCHED, [union.pk, list(product_ids)])
        return cursor.fetchall()
