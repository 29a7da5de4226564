"""What is kept for a time only: every night each union's browsing record and list of looks lose what is too old."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django_scopes import scopes_disabled

from unions.models import BrowsingEvent, Look, Union
from unions.services.browsing import one_at_a_time


def midnight(*, union: Union, days: int, now: datetime) -> datetime:
    """The beginning of the day so many days ago, where the union is."""
    local = now.astimezone(ZoneInfo(union.time_zone)) - timedelta(days=days)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


@scopes_disabled()
def forget_what_is_old(*, now: datetime) -> dict[str, int]:
    """Whole days go, so that what was counted by day stays true. Returns the number of rows of each kind."""
    browsed = looks = 0
    for union in Union.objects.filter(address="").order_by("pk"):
        with transaction.atomic():
            one_at_a_time()
            before = midnight(union=union, days=union.browsing_kept_days, now=now)
            browsed += BrowsingEvent.objects.filter(union=union, at__lt=before)._raw_delete("default")
        before = midnight(union=union, days=union.looks_kept_days, now=now)
        looks += Look.objects.filter(union=union, at__lt=before)._raw_delete("default")
    return {"browsed": browsed, "looks": looks}
