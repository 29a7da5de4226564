"""How long shoppers waited for the first answer of a store, or of all stores of a union."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.statements import rows_of
from orders.queries.spans import Span
from stores.models import Store
from unions.models import Union

# One pass over both times: sums of each (`day` is null), and of each day of the one asked for.
_WAITED = """
WITH asked AS (
    SELECT (created_at AT TIME ZONE %(zone)s)::date AS day, created_at >= %(begins)s AS is_now, state, rating,
        extract(epoch FROM answered_at - created_at) AS seconds
    FROM chat_conversation
    WHERE union_id = %(union)s AND (%(store)s::bigint IS NULL OR store_id = %(store)s)
        AND origin <> 'manager' AND created_at >= %(earliest)s AND created_at < %(ends)s
)
SELECT is_now, day, count(*) AS asked, count(seconds) AS answered, count(*) FILTER (WHERE state = 'missed') AS missed,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)::float AS median,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds)::float AS slow, avg(rating)::float AS rating
FROM asked GROUP BY GROUPING SETS ((is_now), (is_now, day))
"""


@dataclass(frozen=True, slots=True)
class Waited:
    """Conversations that shoppers began; `median` and `slow` (nine of ten were quicker) in seconds, or None."""

    asked: int = 0
    answered: int = 0
    missed: int = 0
    median: float | None = None
    slow: float | None = None
    rating: float | None = None


@dataclass(frozen=True, slots=True)
class WaitingFigures:
    """`days` holds the days of the span on which somebody asked."""

    now: Waited
    before: Waited
    days: dict[date, Waited]


def waiting_figures(union: Union, store: Store | None = None, *, span: Span) -> WaitingFigures:
    """Of what began in the span and in the one before it; one query."""
    values = {
        "union": union.pk,
        "store": store.pk if store is not None else None,
        "zone": union.time_zone,
        "earliest": span.before.begins,
        "begins": span.begins,
        "ends": span.ends,
    }
    sums = {False: Waited(), True: Waited()}
    days = {}
    for row in rows_of(_WAITED, values):
        waited = Waited(row.asked, row.answered, row.missed, row.median, row.slow, row.rating)
        if row.day is None:
            sums[row.is_now] = waited
        elif row.is_now:
            days[row.day] = waited
    return WaitingFigures(sums[True], sums[False], days)
