"""What runs beside the pages."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from matching.services.ending import close_requests, expire_requests


@shared_task
def tend_wishes() -> None:
    """Close what has had its time, let lapse what no longer holds."""
    now = timezone.now()
    close_requests(now=now)
    expire_requests(now=now)
