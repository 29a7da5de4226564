"""Call down, publish up: events written with the change they tell of, handled after commit, at least once.

A handler is registered in an app's `handlers.py`:

    @handles("orders.order_paid")
    def mail_receipt(*, event_id: UUID, order_id: int, **_: Any) -> None: ...

It runs in a transaction of its own together with the row that says it has run, so it runs once per event unless the
process dies between. Events of one aggregate are handled in the order in which they were published.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules
from django_scopes import scopes_disabled

from core.live import redis_connection
from core.models import HandledEvent, OutboxEvent
from core.statements import prepared_cursor

logger = logging.getLogger(__name__)

Handler = Callable[..., None]
_handlers: dict[str, dict[str, Handler]] = {}
_untold: ContextVar[bool] = ContextVar("untold", default=False)

ASKED = "outbox:asked"
ASKED_FOR = 5
"""Seconds after which a sweep that was asked for and never began counts as lost."""
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)


def handles(*kinds: str) -> Callable[[Handler], Handler]:
    """Register the function for these event kinds under its own dotted name."""

    def register(handler: Handler) -> Handler:
        name = f"{handler.__module__}.{handler.__qualname__}"
        for kind in kinds:
            _handlers.setdefault(kind, {})[name] = handler
        return handler

    return register


def discover_handlers() -> None:
    """Import every app's handlers.py; called once when the app registry is ready."""
    autodiscover_modules("handlers")


_PUBLISH = """
INSERT INTO core_outboxevent (event_id, kind, aggregate, payload, created_at, delivered_at, attempts, last_error)
SELECT gen_random_uuid(), kind, aggregate, payload::jsonb, %(now)s, %(told)s, 0, ''
FROM unnest(%(kinds)s::text[], %(aggregates)s::text[], %(payloads)s::text[])
    WITH ORDINALITY AS event(kind, aggregate, payload, position)
ORDER BY position
"""


def publish(kind: str, *, aggregate: str, **payload: Any) -> None:
    """Write an event in the current transaction; its handlers start after commit.

    `aggregate` names the thing whose events keep their order, e.g. `order:17`. The payload holds ids only.
    """
    publish_all([(kind, aggregate, payload)])


def publish_all(events: list[tuple[str, str, dict[str, Any]]]) -> None:
    """Write several events with one statement. Events that nobody handles are not kept waiting."""
    if not events:
        return
    now = timezone.now()
    told = now if _untold.get() else None
    kinds, aggregates, payloads = zip(*events, strict=True)
    with prepared_cursor() as cursor:
        cursor.execute(
            _PUBLISH,
            {
                "kinds": list(kinds),
                "aggregates": list(aggregates),
                "payloads": [json.dumps(payload, cls=DjangoJSONEncoder) for payload in payloads],
                "now": now,
                "told": told,
            },
        )
    if told is None and any(kind in _handlers for kind in kinds):
        transaction.on_commit(_wake_worker, robust=True)


def written(*kinds: str) -> dict[str, datetime | None]:
    """For a statement that writes events of these kinds itself: its values `told_at` and `delivered_at`.

    Their handlers start after the commit, as if they were published.
    """
    now = timezone.now()
    told = now if _untold.get() else None
    if told is None and any(kind in _handlers for kind in kinds):
        transaction.on_commit(_wake_worker, robust=True)
    return {"told_at": now, "delivered_at": told}


@contextmanager
def untold() -> Iterator[None]:
    """Events published inside count as delivered: what is told of is long past, and nobody is to get mail about it."""
    token = _untold.set(True)
    try:
        yield
    finally:
        _untold.reset(token)


def _wake_worker() -> None:
    """Ask Celery to sweep now, unless a sweep was asked for and has not begun: it will see this event too.

    A broker that is away costs nothing, as beat sweeps anyway; a sweep that got lost is asked for again.
    """
    from core.tasks import sweep_outbox

    if redis_connection().set(ASKED, 1, nx=True, ex=ASKED_FOR):
        sweep_outbox.apply_async(retry=False, ignore_result=True)


def sweep_begins() -> None:
    """From now on a fresh event needs a sweep of its own."""
    redis_connection().delete(ASKED)


def deliver_waiting(*, now: datetime, limit: int = 200) -> int:
    """Handle up to `limit` waiting events in order and say how many were delivered.

    One sweeper at a time per aggregate: an advisory lock on the aggregate is tried, not waited for. An event whose
    handler fails keeps the later events of its aggregate waiting until it went through.
    """
    waiting = list(
        OutboxEvent.objects.filter(delivered_at=None)
        .exclude(next_attempt_at__gt=now)
        .order_by("id")
        .values_list("id", "aggregate")[:limit]
    )
    delivered = 0
    stuck: set[str] = set()
    for event_pk, aggregate in waiting:
        if aggregate in stuck:
            continue
        if _deliver(event_pk, aggregate, now=now):
            delivered += 1
        else:
            stuck.add(aggregate)
    return delivered


def _deliver(event_pk: int, aggregate: str, *, now: datetime) -> bool:
    # Around the transaction: what a handler leaves for after the commit looks across unions just as the handler does.
    with scopes_disabled(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [aggregate])
            if not cursor.fetchone()[0]:
                return False
        event = OutboxEvent.objects.filter(pk=event_pk, delivered_at=None).first()
        if event is None:
            return True
        earlier = OutboxEvent.objects.filter(aggregate=aggregate, delivered_at=None, pk__lt=event_pk)
        if earlier.exists():
            return False
        done = set(HandledEvent.objects.filter(event=event).values_list("handler", flat=True))
        failure = ""
        for name, handler in _handlers.get(event.kind, {}).items():
            if name in done:
                continue
            try:
                with transaction.atomic():
                    handler(event_id=event.event_id, **event.payload)
                    HandledEvent.objects.create(event=event, handler=name)
            except Exception as error:
                logger.exception("handler %s failed on event %s", name, event.event_id)
                failure = f"{name}: {error!r}"
        if failure:
            event.attempts += 1
            event.last_error = failure[:2000]
            event.next_attempt_at = now + min(FIRST_RETRY * 2 ** min(event.attempts, 12), LONGEST_RETRY)
            event.save(update_fields=["attempts", "last_error", "next_attempt_at"])
            return False
        event.delivered_at = now
        event.save(update_fields=["delivered_at"])
        return True
