"""A day and an hour before: each reminder once, whoever sweeps and however often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from core.outbox import publish_all
from core.statements import rows_of
from orders.events import RESERVATION_DUE


@dataclass(frozen=True, slots=True)
class Reminder:
    """Sent from `before` on, no longer when only `latest` is left; not for what was confirmed later than that."""

    name: str
    before: timedelta
    latest: timedelta


REMINDERS = (
    Reminder("day", timedelta(days=1), timedelta(hours=2)),
    Reminder("hour", timedelta(hours=1), timedelta(0)),
)
AT_ONCE = 500
_CLAIM = """
UPDATE orders_reservation SET {column} = %(now)s
WHERE id IN (
    SELECT id FROM orders_reservation
    WHERE state = 'confirmed' AND {column} IS NULL
      AND starts_at > %(now)s::timestamptz + %(latest)s::interval
      AND starts_at <= %(now)s::timestamptz + %(before)s::interval
      AND confirmed_at <= starts_at - %(before)s::interval
    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""


@transaction.atomic
def remind(*, now: datetime) -> dict[str, list[int]]:
    """Mark what is due as told and publish it; returns the reservations' ids by reminder."""
    told: dict[str, list[int]] = {}
    for reminder in REMINDERS:
        statement = _CLAIM.format(column=f"{reminder.name}_told_at")
        values = {"now": now, "before": reminder.before, "latest": reminder.latest, "limit": AT_ONCE}
        told[reminder.name] = sorted(row.id for row in rows_of(statement, values))
    publish_all(
        [
            (RESERVATION_DUE, f"reservation:{pk}", {"reservation_id": pk, "reminder": name})
            for name, keys in told.items()
            for pk in keys
        ]
    )
    return told
