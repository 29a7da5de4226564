"""What runs beside the pages."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone
from django_scopes import scopes_disabled

from matching.models import MatchRequest
from matching.services.counting import count_days
from matching.services.ending import close_requests, expire_requests
from matching.services.waking import wake_stores


@shared_task
def tend_wishes() -> None:
    """Close what has had its time, let lapse what no longer holds."""
    now = timezone.now()
    close_requests(now=now)
    expire_requests(now=now)


@shared_task
def wake_managers(request_id: int) -> int:
    """Managers of the called stores at which nobody sits. Returns on how many devices."""
    with scopes_disabled():
        request = MatchRequest.objects.select_related("union").get(pk=request_id)
        return wake_stores(request=request, now=timezone.now())


@shared_task
def count_calls() -> dict[str, int]:
    """The figures of the last days."""
    return count_days(now=timezone.now())
