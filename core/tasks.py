"""What the outbox needs done without anybody asking for it."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from core.models import IdempotencyRecord, OutboxEvent
from core.outbox import deliver_waiting, sweep_begins

KEEP_EVENTS = timedelta(days=30)
KEEP_ANSWERS = timedelta(days=7)


@shared_task
def sweep_outbox() -> int:
    """Deliver what waits, until a round finds nothing more to do."""
    sweep_begins()
    total = 0
    while delivered := deliver_waiting(now=timezone.now()):
        total += delivered
    return total


@shared_task
def prune_outbox() -> None:
    """Forget events that everyone has had, and answers nobody will ask for again."""
    now = timezone.now()
    OutboxEvent.objects.filter(delivered_at__lt=now - KEEP_EVENTS).delete()
    IdempotencyRecord.objects.filter(created_at__lt=now - KEEP_ANSWERS).delete()
