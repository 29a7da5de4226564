"""Finding a place for a time: whoever asks for one resource waits for the other who asks for the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.statements import row_of, rows_of
from orders.errors import SlotNotOffered, SlotTaken
from orders.models import Bookable, Reservation, Resource
from orders.queries.slots import Slot, next_free


@dataclass(frozen=True, slots=True)
class Placed:
    """A time with a place for it, free as long as the transaction lasts."""

    starts_at: datetime
    ends_at: datetime
    held: tuple[datetime, datetime]
    resource_id: int
    place: int


_LOCK = """
SELECT id FROM orders_resource
WHERE union_id = %(union)s AND id = ANY(%(resources)s::bigint[]) AND is_active
ORDER BY id FOR NO KEY UPDATE
"""
_FREE = """
SELECT r.id AS resource_id, p.place
FROM orders_resource r CROSS JOIN LATERAL generate_series(1, r.capacity::int) AS p(place)
WHERE r.union_id = %(union)s AND r.id = ANY(%(resources)s::bigint[])
  AND NOT EXISTS (
    SELECT 1 FROM orders_reservation v
    WHERE v.resource_id = r.id AND v.place = p.place AND v.id <> %(moving)s
      AND v.state = ANY('{proposed,countered,confirmed}')
      AND v.held && tstzrange(%(held_from)s::timestamptz, %(held_until)s::timestamptz, '[)'))
ORDER BY r.position, r.id, p.place
LIMIT 1
"""


def lock_resources(*, resources: Sequence[Resource]) -> list[int]:
    """Take these resources for the rest of the transaction, in the order of their ids; says which can be reserved."""
    if not resources:
        return []
    values = {"union": resources[0].union_id, "resources": [resource.pk for resource in resources]}
    return [row.id for row in rows_of(_LOCK, values)]


def find_place(
    *, bookable: Bookable, resource_ids: list[int], starts_at: datetime, moving: Reservation | None = None
) -> Placed | None:
    """The first free place at one of the locked resources, also before and after the time; None when all are taken."""
    ends_at = starts_at + timedelta(minutes=bookable.minutes)
    held = (
        starts_at - timedelta(minutes=bookable.before_minutes),
        ends_at + timedelta(minutes=bookable.after_minutes),
    )
    row = row_of(
        _FREE,
        {
            "union": bookable.union_id,
            "resources": resource_ids,
            "moving": moving.pk if moving else 0,
            "held_from": held[0],
            "held_until": held[1],
        },
    )
    return None if row is None else Placed(starts_at, ends_at, held, row.resource_id, row.place)


def taken(*, bookable: Bookable, starts_at: datetime, now: datetime, moving: Reservation | None = None) -> SlotTaken:
    """The refusal for a time that is taken, with the nearest free ones."""
    return SlotTaken(next=_starts(next_free(bookable=bookable, after=starts_at, now=now, moving=moving)))


def not_offered(
    *, bookable: Bookable, starts_at: datetime, now: datetime, moving: Reservation | None = None
) -> SlotNotOffered:
    """The refusal for a time that is none of the offered ones."""
    return SlotNotOffered(next=_starts(next_free(bookable=bookable, after=starts_at, now=now, moving=moving)))


def instant(*, moment: datetime) -> str:
    """RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _starts(slots: Sequence[Slot]) -> list[str]:
    return [instant(moment=slot.starts_at) for slot in slots]
