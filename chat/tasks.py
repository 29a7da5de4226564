"""What Celery does for the redirect."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone
from django_scopes import scopes_disabled

from chat.services.tending import tend_conversations


@shared_task
def tend() -> dict[str, int]:
    """Every few seconds: see chat.services.tending."""
    with scopes_disabled():
        return tend_conversations(now=timezone.now())
