"""What runs beside the pages."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone
from django_scopes import scopes_disabled

from matching.models import MatchRequest
from matching.services.counting import count_days
from matching.services.ending import close_requests, expire_requests
from matching.services.finding_mail import send_found
from matching.services.forgetting import forget_wishers_long_gone
from matching.services.remembering import tell_watchers
from matching.services.throwing import finish_throwing
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


@shared_task
def finish_wish(request_id: int) -> None:
    """Call the stores if whoever threw the wish did not live to do it."""
    with scopes_disabled():
        request = MatchRequest.objects.select_related("union", "user").get(pk=request_id)
    finish_throwing(request=request, now=timezone.now())


@shared_task
def tell_of_goods() -> None:
    """Look whether something fitting remembered wishes is in stock now."""
    tell_watchers(now=timezone.now())


@shared_task(autoretry_for=(OSError,), max_retries=8, retry_backoff=30, retry_backoff_max=3600)
def mail_found(request_id: int, variant_id: int) -> None:
    """Write to the shopper of a remembered wish."""
    send_found(request_id=request_id, variant_id=variant_id)


@shared_task
def forget_wishers() -> int:
    """Every night: wishes of guests of long ago."""
    with scopes_disabled():
        return forget_wishers_long_gone(now=timezone.now())
