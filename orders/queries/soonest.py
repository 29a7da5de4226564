"""The next free time at each of many stores: who among them could come first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from orders.models import Bookable, Resource, ResourceDay, ResourceHours, ResourceService
from orders.queries.bookables import offered_bookables
from orders.queries.slots import Hours, Slot, slots_on, taken_by
from stores.models import OpeningHours, SpecialDay
from stores.queries.opening import Span, Special
from unions.models import Union

SEARCHED = timedelta(days=14)
MOST_BOOKABLES = 400


def soonest_times(union: Union, stores: Collection[int], *, now: datetime) -> dict[int, Slot]:
    """The first free time of anything that can be reserved at each store, looking two weeks ahead. Seven queries.

    A store that takes no reservations, or has nothing free, is not in it.
    """
    bookables = list(offered_bookables(union).filter(store__in=stores)[:MOST_BOOKABLES])
    served: dict[int, list[Resource]] = defaultdict(list)
    rows = ResourceService.objects.filter(union=union, bookable__in=bookables, resource__is_active=True)
    for row in rows.select_related("resource").order_by("resource__position", "resource_id"):
        served[row.bookable_id].append(row.resource)
    zone = ZoneInfo(union.time_zone)
    today = now.astimezone(zone).date()
    last = today + SEARCHED
    everyone = list({each.pk: each for resources in served.values() for each in resources}.values())
    hours = _hours_of(union, everyone, stores, today, last)
    taken = taken_by(bookables[0], everyone, today, last, zone, now, None) if bookables else {}
    found: dict[int, Slot] = {}
    for bookable in bookables:
        best = found.get(bookable.store_id)
        earliest = now + timedelta(minutes=bookable.notice_minutes)
        for ahead in range(min(SEARCHED.days, bookable.ahead_days) + 1):
            day = today + timedelta(days=ahead)
            if best is not None and best.starts_at.date() < day:
                break
            slots = slots_on(day, bookable, served[bookable.pk], hours[bookable.store_id], taken, zone, earliest)
            free = next((slot for slot in slots if slot.left), None)
            if free is not None:
                if best is None or free.starts_at < best.starts_at:
                    found[bookable.store_id] = free
                break
    return found


def services_of(union: Union, store: int) -> list[Bookable]:
    """What can be reserved at a store, visits last: its services with their prices. One query."""
    found = offered_bookables(union).filter(store=store)
    return sorted(found, key=lambda each: (each.is_visit, each.pk))


def _hours_of(
    union: Union, resources: Sequence[Resource], stores: Collection[int], first: date, last: date
) -> dict[int, Hours]:
    """When each store and its resources are there. Four queries."""
    keys = [resource.pk for resource in resources]
    own_week: dict[int, list[Span]] = defaultdict(list)
    for row in ResourceHours.objects.filter(union=union, resource__in=keys):
        own_week[row.resource_id].append(Span(row.weekday, row.opens, row.closes))
    own_days: dict[int, list[Special]] = defaultdict(list)
    for own in ResourceDay.objects.filter(union=union, resource__in=keys, date__range=(first, last)):
        own_days[own.resource_id].append(Special(own.date, own.opens, own.closes, own.reason))
    week: dict[int, list[Span]] = defaultdict(list)
    for opened in OpeningHours.objects.filter(union=union, store__in=stores):
        week[opened.store_id].append(Span(opened.weekday, opened.opens, opened.closes))
    specials: dict[int, list[Special]] = defaultdict(list)
    for special in SpecialDay.objects.filter(union=union, store__in=stores, date__range=(first, last)):
        specials[special.store_id].append(Special(special.date, special.opens, special.closes, special.reason))
    return {store: Hours(week[store], specials[store], own_week, own_days) for store in stores}
