"""How quickly and how well customers are answered: figures of a store, or of a union by store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.statements import rows_of
from unions.models import Union


@dataclass(frozen=True, slots=True)
class ResponseFigures:
    """Of responses made within the days. Waits are medians; nothing where nothing was answered, resolved or rated.

    `late` were first answered after the time that was promised, or are still to be; `content` is the mean of one to
    five. Reviews count as asked and answered, not as resolved.
    """

    store: str
    name: str
    asked: int
    answered: int
    open: int
    escalated: int
    late: int
    resolved: int
    first_wait: timedelta | None
    resolve_wait: timedelta | None
    content: float | None
    rated: int


@dataclass(frozen=True, slots=True)
class DayOfResponses:
    """One date of the union's calendar; reviews count as they do above."""

    day: date
    asked: int
    resolved: int


# Medians are interpolated, as percentile_cont has it; waits are those of the clock on the wall.
_FIGURES = """
SELECT s.slug AS store, s.name, count(*)::int AS asked,
    count(r.first_answered_at)::int AS answered,
    (count(*) FILTER (WHERE r.state NOT IN ('resolved', 'closed')))::int AS open,
    count(r.escalated_at)::int AS escalated,
    (count(*) FILTER (WHERE coalesce(r.first_answered_at, r.resolved_at, %(now)s) > r.promised_at))::int AS late,
    (count(*) FILTER (WHERE r.resolved_at IS NOT NULL AND r.kind <> 'review'))::int AS resolved,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY r.first_answered_at - r.made_at) AS first_wait,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY r.resolved_at - r.made_at)
        FILTER (WHERE r.kind <> 'review') AS resolve_wait,
    avg(r.satisfaction)::float8 AS content, count(r.satisfaction)::int AS rated
FROM orders_customerresponse r
JOIN stores_store s ON s.id = r.store_id
WHERE r.union_id = %(union)s AND r.made_at >= %(since)s
  AND (%(store)s::bigint IS NULL OR r.store_id = %(store)s::bigint)
GROUP BY s.id ORDER BY asked DESC, s.name, s.id
"""
_DAYS = """
SELECT day::date AS day,
    (count(*) FILTER (WHERE r.made_at >= begins AND r.made_at < ends))::int AS asked,
    (count(*) FILTER (WHERE r.resolved_at >= begins AND r.resolved_at < ends AND r.kind <> 'review'))::int AS resolved
FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') day
CROSS JOIN LATERAL (
    SELECT day::timestamp AT TIME ZONE %(zone)s AS begins,
           (day + interval '1 day')::timestamp AT TIME ZONE %(zone)s AS ends
) d
LEFT JOIN orders_customerresponse r ON r.union_id = %(union)s
    AND (%(store)s::bigint IS NULL OR r.store_id = %(store)s::bigint)
    AND (r.made_at >= %(since)s OR r.resolved_at >= %(since)s)
GROUP BY day ORDER BY day
"""


def response_figures(
    *, union: Union, now: datetime, days: int = 30, store_id: int | None = None
) -> list[ResponseFigures]:
    """By store, those with most responses first. One query."""
    values = {"union": union.pk, "store": store_id, "now": now, "since": _since(union, now, days)}
    return [ResponseFigures(**_named(row)) for row in rows_of(_FIGURES, values)]


def responses_by_day(
    *, union: Union, now: datetime, days: int = 30, store_id: int | None = None
) -> list[DayOfResponses]:
    """Each of the last days, the empty ones too. One query."""
    last = now.astimezone(ZoneInfo(union.time_zone)).date()
    values = {
        "union": union.pk,
        "store": store_id,
        "zone": union.time_zone,
        "first": last - timedelta(days=days - 1),
        "last": last,
        "since": _since(union, now, days),
    }
    return [DayOfResponses(**_named(row)) for row in rows_of(_DAYS, values)]


def _since(union: Union, now: datetime, days: int) -> datetime:
    zone = ZoneInfo(union.time_zone)
    first = now.astimezone(zone).date() - timedelta(days=days - 1)
    return datetime.combine(first, datetime.min.time(), tzinfo=zone)


def _named(row: Any) -> dict[str, Any]:
    return dict(row._asdict())
