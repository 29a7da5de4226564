"""The figures of the last days, counted anew from wishes and answers; done twice they are the same."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from core.statements import rows_of

DAYS = 2
"""Each thing counts on the day on which it happened, so that a day is settled once it and the next one are over."""
DEMAND_DAYS = 9
"""A wish may be answered for seven days, and counts on the day on which it was asked."""

_PLACES = """
WITH place AS (
    SELECT id, time_zone, (%(now)s AT TIME ZONE time_zone)::date - %(days)s::int + 1 AS since FROM unions_union
)
"""

_CALLS = f"""
{_PLACES}, counted AS (
    SELECT store.union_id, store.id AS store_id, (request.asked_at AT TIME ZONE place.time_zone)::date AS day,
        count(*) AS called, 0 AS answered, 0 AS declined, 0 AS won, 0 AS answer_ms, 0 AS value
    FROM matching_matchrequest AS request
        CROSS JOIN LATERAL unnest(request.stores) AS one(store_id)
        JOIN stores_store AS store ON store.id = one.store_id
        JOIN place ON place.id = store.union_id
    WHERE request.asked_at >= %(from)s AND (request.asked_at AT TIME ZONE place.time_zone)::date >= place.since
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT response.union_id, response.store_id, (response.answered_at AT TIME ZONE place.time_zone)::date,
        0, count(*) FILTER (WHERE response.state <> 'declined'), count(*) FILTER (WHERE response.state = 'declined'),
        0, coalesce(sum(response.took_ms) FILTER (WHERE response.state <> 'declined'), 0), 0
    FROM matching_matchresponse AS response JOIN place ON place.id = response.union_id
    WHERE response.answered_at >= %(from)s
        AND (response.answered_at AT TIME ZONE place.time_zone)::date >= place.since
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT response.union_id, response.store_id, (response.changed_at AT TIME ZONE place.time_zone)::date,
        0, 0, 0, count(*), 0,
        coalesce(sum(coalesce(response.price, 0) * response.quantity + coalesce(response.delivery, 0)), 0)
    FROM matching_matchresponse AS response JOIN place ON place.id = response.union_id
    WHERE response.state = 'used' AND response.changed_at >= %(from)s
        AND (response.changed_at AT TIME ZONE place.time_zone)::date >= place.since
    GROUP BY 1, 2, 3
), gone AS (
    DELETE FROM matching_callday AS old USING place WHERE place.id = old.union_id AND old.day >= place.since
        AND NOT EXISTS (SELECT FROM counted WHERE counted.store_id = old.store_id AND counted.day = old.day)
), kept AS (
    INSERT INTO matching_callday AS kept
        (union_id, store_id, day, called, answered, declined, won, answer_ms, value)
    SELECT union_id, store_id, day, sum(called), sum(answered), sum(declined), sum(won), sum(answer_ms), sum(value)
    FROM counted GROUP BY 1, 2, 3
    ON CONFLICT (union_id, store_id, day) DO UPDATE SET called = excluded.called, answered = excluded.answered,
        declined = excluded.declined, won = excluded.won, answer_ms = excluded.answer_ms, value = excluded.value
    RETURNING 1
) SELECT count(*) AS days FROM kept
"""

_DEMAND = f"""
{_PLACES}, counted AS (
    SELECT request.union_id, (request.asked_at AT TIME ZONE place.time_zone)::date AS day, request.code_id,
        count(*) AS asked, count(*) FILTER (WHERE request.stores = '{{}}') AS uncalled,
        count(*) FILTER (WHERE (request.state <> 'open' OR request.stores = '{{}}') AND NOT EXISTS (
            SELECT FROM matching_matchresponse AS response
            WHERE response.request_id = request.id AND response.state <> 'declined'
        )) AS unanswered
    FROM matching_matchrequest AS request JOIN place ON place.id = request.union_id
    WHERE request.asked_at >= %(from)s AND (request.asked_at AT TIME ZONE place.time_zone)::date >= place.since
    GROUP BY 1, 2, 3
), gone AS (
    DELETE FROM matching_demandday AS old USING place WHERE place.id = old.union_id AND old.day >= place.since
        AND NOT EXISTS (SELECT FROM counted WHERE counted.union_id = old.union_id AND counted.day = old.day
            AND counted.code_id IS NOT DISTINCT FROM old.code_id)
), kept AS (
    INSERT INTO matching_demandday (union_id, day, code_id, asked, uncalled, unanswered)
    SELECT union_id, day, code_id, asked, uncalled, unanswered FROM counted
    ON CONFLICT (union_id, day, code_id) DO UPDATE SET asked = excluded.asked, uncalled = excluded.uncalled,
        unanswered = excluded.unanswered
    RETURNING 1
) SELECT count(*) AS days FROM kept
"""


def count_days(*, now: datetime, days: int = DAYS, demand_days: int = DEMAND_DAYS) -> dict[str, int]:
    """Today and the days before, in all unions and each in its own time zone; how many rows that were.

    Two statements; two at once take turns.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('matching.count_days'))")
        return {
            "callday": _count(_CALLS, now=now, days=days),
            "demandday": _count(_DEMAND, now=now, days=demand_days),
        }


def _count(statement: str, *, now: datetime, days: int) -> int:
    # A day before the first one, whatever the time zone.
    values = {"now": now, "days": days, "from": now - timedelta(days=days + 1)}
    return int(rows_of(statement, values)[0].days)
