"""Reading stock, and proving it against its movements."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from unions.models import Union


@dataclass(frozen=True, slots=True)
class StockDifference:
    """A variant whose level disagrees with the sum of its movements, or whose reserved pieces nobody holds."""

    variant_id: int
    sku: str
    on_hand: int
    moved_on_hand: int
    held: int
    moved_held: int
    holds: int


DIFFERENCES = """
SELECT v.id, v.sku, l.on_hand, coalesce(m.on_hand, 0), l.held, coalesce(m.held, 0), coalesce(h.quantity, 0)
FROM stores_stocklevel l
JOIN stores_variant v ON v.id = l.variant_id
LEFT JOIN (
    SELECT variant_id, sum(quantity)::int AS on_hand, sum(held_change)::int AS held
    FROM stores_stockmovement WHERE union_id = %(union)s GROUP BY variant_id
) m ON m.variant_id = v.id
LEFT JOIN (
    SELECT variant_id, sum(quantity)::int AS quantity FROM stores_stockhold WHERE union_id = %(union)s
    GROUP BY variant_id
) h ON h.variant_id = v.id
WHERE l.union_id = %(union)s AND (
    l.on_hand <> coalesce(m.on_hand, 0) OR l.held <> coalesce(m.held, 0) OR l.held <> coalesce(h.quantity, 0)
)
ORDER BY v.id
"""


def stock_differences(union: Union) -> list[StockDifference]:
    """Every level of the union that its movements and holds do not explain; empty when all is well."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENCES, {"union": union.pk})
        return [StockDifference(*row) for row in cursor.fetchall()]
