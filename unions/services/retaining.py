"""What is kept for a time only: every night each union's browsing record and list of looks lose what is too old."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django_scopes import scopes_disabled

from unions.models import BrowsingEvent, Look, Union
from unions.queries import unions_hosted_here
from unions.services.browsing import one_at_a_time


def midnight(*, union: Union, days: int, now: datetime) -> datetime:
    """The beginning of the day so many days ago, where the union is."""
    local = now.astimezone(ZoneInfo(union.time_zone)) - timedelta(days=days)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def long_gone(*, now: datetime) -> Iterator[tuple[Union, datetime]]:
    """The unions that keep guests for a time only, each with the moment before which a guest is long gone."""
    for union in unions_hosted_here().exclude(people_kept_days=None):
        yield union, midnight(union=union, days=union.people_kept_days or 0, now=now)


@scopes_disabled()
def forget_what_is_old(*, now: datetime) -> dict[str, int]:
    """Whole days go, so that what was counted by day stays true. Returns the number of rows of each kind."""
    browsed = looks = 0
    for union in unions_hosted_here():
        with transaction.atomic():
            one_at_a_time()
            before = midnight(union=union, days=union.browsing_kept_days, now=now)
            browsed += BrowsingEvent.objects.filter(union=union, at__lt=before)._raw_delete("default")
        before = midnight(union=union, days=union.looks_kept_days, now=now)
        looks += Look.objects.filter(union=union, at__lt=before)._raw_delete("default")
    return {"browsed": browsed, "looks": looks}
