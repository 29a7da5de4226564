from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from unions.services.drafts import forget_old_drafts


@shared_task
def forget_drafts() -> int:
    """Remove papers of applications that were never sent."""
    return forget_old_drafts(now=timezone.now())
