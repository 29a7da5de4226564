"""The browsing record: an event costs its request one round trip more than none; Celery copies it into the table.

Only visitors who agreed are recorded. Withdrawing erases, also what is still on its way.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import redis
from django.conf import settings
from django.db import connection, transaction
from django_scopes import scopes_disabled

from accounts.models import User
from core.live import redis_connection
from core.outbox import publish, publish_all
from unions.events import CONSENT_WITHDRAWN, VISITOR_BOUGHT
from unions.models import BrowsedDay, BrowsingEvent, Union
from unions.visits import KINDS, PURCHASE, Event, Visit

logger = logging.getLogger(__name__)
T = TypeVar("T")

STREAM = "browsing"
MOST_WAITING = 1_000_000
"""Entries kept while no worker copies; beyond that the oldest are lost, and Redis is not."""
SUMMARY_KEPT = 90 * 24 * 3600
GONE_KEPT = 7 * 24 * 3600
BATCH = 2000
MOST_TRIES = 50
LOCK = 7_355_301
"""The advisory lock between copying and erasing."""
VISITORS = 7_355_302
"""The family of advisory locks of single visitors, between keeping what another app knows of them and erasing it."""

# One step for all that an event changes: two tabs of one visitor take turns, and who comes second looks again.
# A visitor who withdrew after this connection had begun is not noted by it any more.
NOTE = """
local gone = redis.call('GET', KEYS[3])
if gone and tonumber(gone) >= tonumber(ARGV[5]) then return -1 end
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
if #ARGV > 5 then redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', unpack(ARGV, 6)) end
return 1
"""


class Crowded(RuntimeError):
    """So many events of one visitor at once that none could be noted; nobody's window hangs on it."""


class Withdrawn(RuntimeError):
    """The visitor does not want to be recognised any more."""


def _summary_key(union_id: int, visitor: str) -> str:
    return f"visit:{union_id}:{visitor}"


def _gone_key(visitor: str) -> str:
    """Where it stands, in milliseconds, when a visitor withdrew."""
    return f"browsing:gone:{visitor}"


def note_event(
    *, union_id: int, visitor: str, user_id: int | None, since: float, event: Event, decide: Callable[[Visit], T]
) -> tuple[Visit, T]:
    """Put the event on the stream and into the visitor's summary. Returns the summary and what `decide` said.

    `decide` sees the summary with the event in it and may change it further; it may be asked again when another tab was
    quicker, and only its last answer counts. `since`: when the connection that tells of it read the visitor's consent.
    Raises Withdrawn, Crowded, redis.RedisError.
    """
    line = redis_connection()
    key = _summary_key(union_id, visitor)
    for _try in range(MOST_TRIES):
        before: Any = line.get(key) or b""
        visit = Visit.from_text(before)
        visit.add(event)
        decided = decide(visit)
        fields = _fields(event, union_id=union_id, visitor=visitor, user_id=user_id)
        keys = (key, STREAM, _gone_key(visitor))
        kept: Any = line.eval(
            NOTE, 3, *keys, before, visit.to_text(), SUMMARY_KEPT, MOST_WAITING, int(since * 1000), *fields
        )
        if kept < 0:
            raise Withdrawn
        if kept:
            return visit, decided
    raise Crowded


def lock_visitor(*, visitor: str) -> None:
    """Until the transaction ends: who keeps something of the visitor and who erases it take turns."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [VISITORS, visitor])


def has_withdrawn(*, visitor: str, since: float) -> bool:
    """Whether the visitor withdrew their consent after `since` (seconds since 1970), when it was read.

    A Redis that is away cannot say so; then nothing is to be kept.
    """
    try:
        gone: Any = redis_connection().get(_gone_key(visitor))
    except (redis.RedisError, OSError):
        return True
    return gone is not None and int(gone) >= int(since * 1000)


def note_request(*, union: Union, visitor: str, user: User | None, event: Event) -> None:
    """From a view: what a socket cannot know. Never the reason for a page to fail."""
    try:
        note_event(
            union_id=union.pk,
            visitor=visitor,
            user_id=user.pk if user is not None else None,
            since=event.at,
            event=event,
            decide=lambda visit: None,
        )
    except (redis.RedisError, OSError, Crowded, Withdrawn) as error:
        logger.warning("An event was not recorded (%s).", error)


def _fields(event: Event, *, union_id: int, visitor: str, user_id: int | None) -> list[str]:
    named = {
        "union": union_id,
        "visitor": visitor,
        "user": user_id,
        "kind": event.kind,
        "page": event.page,
        "product": event.product,
        "words": event.words,
        "results": event.results,
        "value": event.value,
        "seconds": event.seconds,
    }
    return [str(part) for name, value in named.items() if value not in (None, "") for part in (name, value)]


def copy_events() -> int:
    """Copy what waits on the stream into the table, batch by batch. Returns how many entries were taken.

    An entry's own number is its key in the table, and it leaves the stream after the commit: a copier that is killed in
    between, or a second one beside it, writes nothing twice.
    """
    line = redis_connection()
    taken = 0
    while entries := _waiting(line):
        with transaction.atomic(), scopes_disabled():
            one_at_a_time()
            _write(_rows(line, entries))
        line.xdel(STREAM, *[entry for entry, _fields_of in entries])
        taken += len(entries)
    return taken


def _waiting(line: redis.Redis) -> list[tuple[bytes, dict[bytes, bytes]]]:
    found: Any = line.xrange(STREAM, count=BATCH)
    return list(found)


def _rows(line: redis.Redis, entries: list[tuple[bytes, dict[bytes, bytes]]]) -> list[BrowsingEvent]:
    rows = []
    gone = _gone(line, {fields[b"visitor"] for _entry, fields in entries if b"visitor" in fields})
    unions = set(Union.objects.values_list("pk", flat=True))
    people = {int(fields[b"user"]) for _entry, fields in entries if b"user" in fields}
    known = set(User.objects.filter(pk__in=people).values_list("pk", flat=True))
    for entry, fields in entries:
        told = {name.decode(): value.decode() for name, value in fields.items()}
        at = int(entry.partition(b"-")[0])
        if at <= gone.get(told["visitor"], -1) or int(told["union"]) not in unions or told["kind"] not in KINDS:
            continue
        user_id = int(told["user"]) if "user" in told else None
        rows.append(
            BrowsingEvent(
                at=datetime.fromtimestamp(at / 1000, UTC),
                entry=entry.decode(),
                union_id=int(told["union"]),
                visitor=told["visitor"][:64],
                user_id=user_id if user_id in known else None,
                kind=told["kind"],
                page=told.get("page", "")[:300],
                product=told.get("product", "")[:160],
                words=told.get("words", "")[:200],
                **{name: int(told[name]) for name in ("results", "value", "seconds") if name in told},
            )
        )
    return rows


def _write(rows: list[BrowsingEvent]) -> None:
    for year, month in sorted({(row.at.year, row.at.month) for row in rows}):
        make_month(year=year, month=month)
    BrowsingEvent.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
    zones = dict(Union.objects.filter(pk__in={row.union_id for row in rows}).values_list("pk", "time_zone"))
    days = sorted({(row.union_id, row.at.astimezone(ZoneInfo(zones[row.union_id])).date()) for row in rows})
    BrowsedDay.objects.bulk_create([BrowsedDay(union_id=key, day=day) for key, day in days], ignore_conflicts=True)
    publish_all(
        [
            (
                VISITOR_BOUGHT,
                f"visitor:{row.visitor}",
                {"union_id": row.union_id, "visitor": row.visitor, "number": row.words, "at": row.at.isoformat()},
            )
            for row in rows
            if row.kind == PURCHASE
        ]
    )


def _gone(line: redis.Redis, visitors: Iterable[bytes]) -> dict[str, int]:
    """When those among the visitors who withdrew did so."""
    asked = sorted(visitor.decode() for visitor in visitors)
    answers: Any = line.mget([_gone_key(visitor) for visitor in asked]) if asked else []
    return {visitor: int(answer) for visitor, answer in zip(asked, answers, strict=True) if answer is not None}


def make_month(*, year: int, month: int) -> None:
    """The partition of a month, if it is not there yet. Within a transaction that holds the lock."""
    following = (year + month // 12, month % 12 + 1)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS unions_browsingevent_{year}_{month:02} PARTITION OF unions_browsingevent "
            f"FOR VALUES FROM ('{year}-{month:02}-01 00:00+00') TO ('{following[0]}-{following[1]:02}-01 00:00+00')"
        )


@transaction.atomic
def drop_old_months(*, now: datetime) -> list[str]:
    """Drop the months that ended longer ago than the record is kept. Returns the names of their tables."""
    oldest = now.astimezone(UTC) - timedelta(days=settings.BROWSING_KEPT_DAYS)
    one_at_a_time()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'unions_browsingevent'::regclass"
        )
        tables = sorted(name for (name,) in cursor.fetchall())
        first_kept = f"unions_browsingevent_{oldest.year}_{oldest.month:02}"
        old = [name for name in tables if name < first_kept]
        for name in old:
            cursor.execute(f"DROP TABLE {name}")
    return old


def forget_visitor(*, visitor: str) -> int:
    """Erase all that is kept of a visitor in all unions, and what is still on its way. Returns the number of rows.

    What other apps keep of the visitor they erase when they hear of it (`CONSENT_WITHDRAWN`).
    """
    if not visitor:
        return 0
    line = redis_connection()
    seconds, micro = line.time()
    line.set(_gone_key(visitor), seconds * 1000 + micro // 1000, ex=GONE_KEPT)
    at = datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=micro)
    with transaction.atomic(), scopes_disabled():
        one_at_a_time()
        _count_again("e.visitor = %s", visitor)
        rows = BrowsingEvent.objects.filter(visitor=visitor)._raw_delete("default")
        keys = [_summary_key(union_id, visitor) for union_id in Union.objects.values_list("pk", flat=True)]
        publish(CONSENT_WITHDRAWN, aggregate=f"visitor:{visitor}", visitor=visitor, at=at.isoformat())
    if keys:
        line.delete(*keys)
    return rows


def forget_browsing_of(*, user: User) -> int:
    """Erase what is joined to a person in all unions, and their browsers that were nobody else's. Returns the rows."""
    copy_events()
    with scopes_disabled():
        mine = set(BrowsingEvent.objects.filter(user=user).values_list("visitor", flat=True).distinct())
        shared = BrowsingEvent.objects.filter(visitor__in=mine).exclude(user=None).exclude(user=user)
        others = set(shared.values_list("visitor", flat=True).distinct())
    rows = sum(forget_visitor(visitor=visitor) for visitor in sorted(mine - others))
    with transaction.atomic(), scopes_disabled():
        one_at_a_time()
        _count_again("e.user_id = %s", user.pk)
        return rows + BrowsingEvent.objects.filter(user=user)._raw_delete("default")


def _count_again(which: str, value: Any) -> None:
    """What is counted by day forgets with the record."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO unions_browsedday (union_id, day) "
            "SELECT DISTINCT e.union_id, (e.at AT TIME ZONE u.time_zone)::date "
            f"FROM unions_browsingevent e JOIN unions_union u ON u.id = e.union_id WHERE {which} "
            "ON CONFLICT DO NOTHING",
            [value],
        )


@transaction.atomic
def claim_browsing(*, user: User, visitor: str) -> int:
    """What this browser looked at becomes the person's, unless it is somebody's. Returns how many rows."""
    with scopes_disabled():
        return BrowsingEvent.objects.filter(visitor=visitor, user=None).update(user=user)


def one_at_a_time() -> None:
    """Until the transaction ends: copying, erasing and counting by day take turns."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
