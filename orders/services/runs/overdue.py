"""Noticing what is late: once for each step."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.db import transaction

from core.outbox import publish_all
from core.statements import rows_of
from orders.events import RUN_STEPS_OVERDUE

_NOTE = """
WITH late AS (
    SELECT s.id FROM orders_runstep s
    WHERE s.state = 'open' AND s.told_late_at IS NULL AND s.due_at < %(now)s
    ORDER BY s.id LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
UPDATE orders_runstep s SET told_late_at = %(now)s
FROM late, orders_orderrun r, orders_order o, orders_procedurestep p
WHERE s.id = late.id AND r.id = s.run_id AND o.id = r.order_id AND p.id = s.step_id
RETURNING s.id, s.store_id, r.replaced_at IS NULL AND o.state <> 'cancelled'
    AND NOT (o.state IN ('delivered', 'completed') AND p.moves <> '' AND p.kind <> 'signature') AS counts
"""


@transaction.atomic
def note_overdue_steps(*, now: datetime, most: int = 1000) -> int:
    """Mark the open steps that have become late and publish them, one event for each store; says how many.

    Two at once share them: each step is told of once. Those of orders that are over (`queries.ways.IS_OVER`) are not.
    """
    stores: dict[int, list[int]] = defaultdict(list)
    for row in rows_of(_NOTE, {"now": now, "most": most}):
        if row.counts:
            stores[row.store_id].append(row.id)
    publish_all(
        [
            (RUN_STEPS_OVERDUE, f"store:{store}", {"store_id": store, "run_step_ids": sorted(steps)})
            for store, steps in sorted(stores.items())
        ]
    )
    return sum(map(len, stores.values()))
