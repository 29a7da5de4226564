from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from unions.services.browsing import copy_events, drop_old_months
from unions.services.drafts import forget_old_drafts


@shared_task
def forget_drafts() -> int:
    """Remove papers of applications that were never sent."""
    return forget_old_drafts(now=timezone.now())


@shared_task
def copy_browsing() -> int:
    """Every few seconds: from the stream into the table."""
    return copy_events()


@shared_task
def drop_old_browsing() -> list[str]:
    """Every night: months that are no longer kept."""
    return drop_old_months(now=timezone.now())
