"""How long orders lay at each step, added up as steps are closed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from core.statements import row_of
from orders.models import StepFigure

_COUNT = """
WITH fresh AS (
    SELECT id FROM orders_runstep
    WHERE counted_at IS NULL AND state IN ('done', 'skipped')
    ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED
), counted AS (
    UPDATE orders_runstep s SET counted_at = %(now)s FROM fresh WHERE s.id = fresh.id RETURNING s.*
), waited AS (
    SELECT c.union_id, c.store_id, v.procedure_id, p.key, c.state,
        (c.closed_at AT TIME ZONE u.time_zone)::date AS day,
        greatest(0, extract(epoch FROM c.closed_at - c.ready_at))::bigint AS seconds,
        coalesce(c.closed_at > c.due_at, false) AS is_late
    FROM counted c
        JOIN orders_procedurestep p ON p.id = c.step_id
        JOIN orders_procedureversion v ON v.id = p.version_id
        JOIN unions_union u ON u.id = c.union_id
    WHERE c.ready_at IS NOT NULL
), summed AS (
    SELECT union_id, store_id, procedure_id, key, day,
        (SELECT count(*) FROM unnest(%(spans)s::bigint[]) AS bound WHERE bound <= seconds) AS span,
        count(*) AS closed, count(*) FILTER (WHERE is_late) AS late,
        count(*) FILTER (WHERE state = 'skipped') AS skipped, sum(seconds) AS seconds
    FROM waited GROUP BY 1, 2, 3, 4, 5, 6
), kept AS (
    INSERT INTO orders_stepfigure AS f
        (union_id, store_id, procedure_id, key, day, span, closed, late, skipped, seconds)
    SELECT union_id, store_id, procedure_id, key, day, span, closed, late, skipped, seconds FROM summed
    ORDER BY store_id, procedure_id, key, day, span
    ON CONFLICT (store_id, procedure_id, key, day, span) DO UPDATE SET
        closed = f.closed + excluded.closed, late = f.late + excluded.late,
        skipped = f.skipped + excluded.skipped, seconds = f.seconds + excluded.seconds
)
SELECT count(*) AS counted FROM counted
"""


@transaction.atomic
def count_closed_steps(*, now: datetime, most: int = 5000) -> int:
    """Add the steps that were closed since to the kept figures, each once; says how many. Two at once share them.

    A step that was over before its turn came counts as nothing: no order lay there.
    """
    row = row_of(_COUNT, {"now": now, "most": most, "spans": list(StepFigure.SPANS)})
    return int(row.counted) if row else 0
