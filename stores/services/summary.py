"""What a product's card shows, derived from its variants, their stock and its pictures."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction

from stores.services.stock_sql import LOCK_PRODUCTS

SUMMARY = """
UPDATE stores_product p SET
    price_from = coalesce(v.price_from, 0),
    price_to = coalesce(v.price_to, 0),
    in_stock = coalesce(v.in_stock, false),
    cover = coalesce(c.path, '')
FROM stores_product q
LEFT JOIN LATERAL (
    SELECT min(v.price) AS price_from, max(v.price) AS price_to,
           bool_or(NOT v.tracks_stock OR coalesce(l.available, 0) > 0) AS in_stock
    FROM stores_variant v LEFT JOIN stores_stocklevel l ON l.variant_id = v.id
    WHERE v.product_id = q.id AND v.is_active
) v ON true
LEFT JOIN LATERAL (
    SELECT (
        SELECT s ->> 'path' FROM jsonb_array_elements(f.sizes) s
        ORDER BY s ->> 'type' = 'image/avif', (s ->> 'width')::int < 400, abs((s ->> 'width')::int - 480) LIMIT 1
    ) AS path
    FROM stores_picture f WHERE f.product_id = q.id AND jsonb_array_length(f.sizes) > 0
    ORDER BY f.position, f.id LIMIT 1
) c ON true
WHERE p.id = q.id AND q.id = ANY(%(products)s)
"""


def refresh_product(*, product_ids: Sequence[int]) -> None:
    """Bring price range, in-stock mark and cover of these products in line with what they are made of."""
    if product_ids:
        values = {"products": sorted(set(product_ids))}
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            cursor.execute(LOCK_PRODUCTS, values)
            cursor.execute(SUMMARY, values)
