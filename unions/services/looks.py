"""Noting who of the staff looked at personal data: one entry on a stream per page; Celery copies them into the table.

Never the reason for a page to fail: a Redis that is away loses an entry, and says so in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import redis
from django.db import transaction
from django_scopes import scopes_disabled

from accounts.models import User
from core.live import redis_connection
from unions.models import Look, Union

logger = logging.getLogger(__name__)

STREAM = "looks"
MOST_WAITING = 1_000_000
BATCH = 2000


def note_look(*, union: Union, staff: User, kind: str, reference: str, place: str, person_id: int | None) -> None:
    """One round trip. `place` is the store's or the office's name; `person_id` whose data it is, where known."""
    note_looks(union=union, staff=staff, kind=kind, place=place, seen=[(reference, person_id)])


def note_looks(*, union: Union, staff: User, kind: str, place: str, seen: Iterable[tuple[str, int | None]]) -> None:
    """The same of a page with several people on it: (reference, person's id) of each. One round trip."""
    entries = [
        {
            "union": union.pk,
            "staff": staff.pk,
            "kind": kind,
            "reference": reference[:80],
            "place": place[:120],
            "person": person_id or "",
        }
        for reference, person_id in seen
        if staff.pk != person_id
    ]
    if not entries:
        return
    try:
        with redis_connection().pipeline(transaction=False) as line:
            for entry in entries:
                line.xadd(STREAM, entry, maxlen=MOST_WAITING, approximate=True)  # type: ignore[arg-type]
            line.execute()
    except (redis.RedisError, OSError) as error:
        logger.warning("A look at personal data was not noted (%s).", error)


def copy_looks() -> int:
    """Copy what waits on the stream, batch by batch. Returns how many entries were taken; twice is once."""
    line = redis_connection()
    taken = 0
    while entries := _waiting(line):
        with transaction.atomic(), scopes_disabled():
            Look.objects.bulk_create(_rows(entries), ignore_conflicts=True)
        line.xdel(STREAM, *[entry for entry, _fields in entries])
        taken += len(entries)
    return taken


def _waiting(line: redis.Redis) -> list[tuple[bytes, dict[bytes, bytes]]]:
    found: Any = line.xrange(STREAM, count=BATCH)
    return list(found)


def _rows(entries: list[tuple[bytes, dict[bytes, bytes]]]) -> list[Look]:
    told = [(entry.decode(), {name.decode(): value.decode() for name, value in of.items()}) for entry, of in entries]
    unions = set(Union.objects.values_list("pk", flat=True))
    people = {int(of[name]) for _entry, of in told for name in ("staff", "person") if of[name]}
    known = set(User.objects.filter(pk__in=people).values_list("pk", flat=True))

    def person(text: str) -> int | None:
        return int(text) if text and int(text) in known else None

    return [
        Look(
            union_id=int(of["union"]),
            entry=entry,
            at=datetime.fromtimestamp(int(entry.partition("-")[0]) / 1000, UTC),
            staff_id=person(of["staff"]),
            person_id=person(of["person"]),
            kind=of["kind"],
            reference=of["reference"],
            place=of["place"],
        )
        for entry, of in told
        if int(of["union"]) in unions
    ]
