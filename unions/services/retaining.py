"""What is kept for a time only: every night each union's browsing record and list of looks lose what is too old."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django_scopes import scopes_disabled

from unions.models import BrowsingEvent, Look, Union
from unions.queries import unions_hosted_here
from unions.services.browsing import one_at_a_time

AT_ONCE = 500


def midnight(*, union: Union, days: int, now: datetime) -> datetime:
    """The beginning of the day so many days ago, where the union is."""
    local = now.astimezone(ZoneInfo(union.time_zone)) - timedelta(days=days)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def long_gone(*, now: datetime) -> Iterator[tuple[Union, datetime]]:
    """The unions that keep guests for a time only, each with the moment before which a guest is long gone."""
    for union in unions_hosted_here().exclude(people_kept_days=None):
        yield union, midnight(union=union, days=union.people_kept_days or 0, now=now)


def forget_in_steps(*, old: QuerySet[Any], forget: Callable[[QuerySet[Any]], None]) -> int:
    """Call `forget` with five hundred of the rows at a time, each step a transaction; says how many there were.

    What was forgotten must not be among `old` any more. Rows that somebody holds wait for the next night.
    """
    gone = 0
    while True:
        with transaction.atomic():
            free = old.select_for_update(skip_locked=True, of=("self",)).order_by("pk")
            keys = list(free.values_list("pk", flat=True)[:AT_ONCE])
            if not keys:
                return gone
            forget(old.model._default_manager.filter(pk__in=keys))
        gone += len(keys)


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
