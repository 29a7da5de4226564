"""Which times are free: opening hours, special days, what is taken already, and the rules of what is booked.

Six queries however many days and resources. Days are the union's; on the two days of the year when clocks change, the
times between opening and closing are those that really pass.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from orders.models import Bookable, Reservation, Resource, ResourceDay, ResourceHours
from stores.models import OpeningHours, SpecialDay
from stores.queries.opening import Span, Special, spans_on

MOST_DAYS = 42
SEARCHED_DAYS = 21
Taken = dict[tuple[int, int], list[tuple[datetime, datetime]]]


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that is offered; `resources` are those still free in it, `left` how many places they have together."""

    starts_at: datetime
    ends_at: datetime
    resources: tuple[Resource, ...]
    left: int


@dataclass(frozen=True, slots=True)
class SlotDay:
    """The free times of one date of the union's calendar."""

    date: date
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """When a store and its resources are there."""

    week: Sequence[Span]
    specials: Sequence[Special]
    own_week: Mapping[int, Sequence[Span]]
    own_days: Mapping[int, Sequence[Special]]

    def spans(self, resource: Resource, day: date) -> tuple[tuple[time, time], ...]:
        """The resource's own special day goes first, then the store's holiday, then its own hours, then the store's."""
        own_days = self.own_days.get(resource.pk, ())
        if any(special.date == day for special in own_days):
            return spans_on(day, (), own_days)[0]
        if not resource.own_hours:
            return spans_on(day, self.week, self.specials)[0]
        if any(special.date == day and special.opens is None for special in self.specials):
            return ()
        return spans_on(day, self.own_week.get(resource.pk, ()), ())[0]


def free_slots(
    *,
    bookable: Bookable,
    first: date,
    last: date,
    now: datetime,
    resource: Resource | None = None,
    moving: Reservation | None = None,
) -> list[SlotDay]:
    """Every date from `first` to `last` (at most 42) with its free times, in the union's zone, earliest first.

    `bookable` comes with its union. With `resource` only that one's; the time of the reservation that is `moving`
    counts as free.
    """
    offered = offered_slots(bookable=bookable, first=first, last=last, now=now, resource=resource, moving=moving)
    return [SlotDay(day.date, tuple(slot for slot in day.slots if slot.left)) for day in offered]


def offered_slots(
    *,
    bookable: Bookable,
    first: date,
    last: date,
    now: datetime,
    resource: Resource | None = None,
    moving: Reservation | None = None,
) -> list[SlotDay]:
    """The same with the times that are all taken: they have nothing `left`."""
    zone = ZoneInfo(bookable.union.time_zone)
    last = min(last, first + timedelta(days=MOST_DAYS - 1))
    resources = resources_for(bookable, only=resource)
    hours = _hours_of(bookable, resources, first, last)
    taken = taken_by(bookable, resources, first, last, zone, now, moving)
    today = now.astimezone(zone).date()
    latest = today + timedelta(days=bookable.ahead_days)
    earliest = now + timedelta(minutes=bookable.notice_minutes)
    days = []
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        slots: tuple[Slot, ...] = ()
        if today <= day <= latest:
            slots = tuple(slots_on(day, bookable, resources, hours, taken, zone, earliest))
        days.append(SlotDay(day, slots))
    return days


def next_free(
    *,
    bookable: Bookable,
    after: datetime,
    now: datetime,
    count: int = 3,
    resource: Resource | None = None,
    moving: Reservation | None = None,
) -> list[Slot]:
    """The first `count` free times from `after` on, looking three weeks ahead."""
    first = max(after, now).astimezone(ZoneInfo(bookable.union.time_zone)).date()
    last = first + timedelta(days=SEARCHED_DAYS)
    days = free_slots(bookable=bookable, first=first, last=last, now=now, resource=resource, moving=moving)
    return [slot for day in days for slot in day.slots if slot.starts_at >= after][:count]


def resources_for(bookable: Bookable, *, only: Resource | None = None) -> list[Resource]:
    """The resources that do it and can be reserved, in the store's order. One query."""
    resources = Resource.objects.filter(union_id=bookable.union_id, services__bookable=bookable, is_active=True)
    if only is not None:
        resources = resources.filter(pk=only.pk)
    return list(resources.order_by("position", "id"))


def slots_on(
    day: date,
    bookable: Bookable,
    resources: Sequence[Resource],
    hours: Hours,
    taken: Taken,
    zone: ZoneInfo,
    earliest: datetime,
) -> Iterator[Slot]:
    """All times of one day, also those that are taken, earliest first. No query."""
    starts: dict[datetime, list[tuple[Resource, int]]] = defaultdict(list)
    takes, step = timedelta(minutes=bookable.minutes), timedelta(minutes=bookable.step_minutes)
    before, after = timedelta(minutes=bookable.before_minutes), timedelta(minutes=bookable.after_minutes)
    for resource in resources:
        for opens, closes in hours.spans(resource, day):
            # In UTC: between two local times an hour more or less may pass.
            start = datetime.combine(day, opens, zone).astimezone(UTC)
            end = datetime.combine(day, closes, zone).astimezone(UTC)
            while start + takes <= end:
                if start >= earliest:
                    free = _places_free(resource, taken, start - before, start + takes + after)
                    starts[start].append((resource, free))
                start += step
    for start, found in sorted(starts.items()):
        yield Slot(
            starts_at=start.astimezone(zone),
            ends_at=(start + takes).astimezone(zone),
            resources=tuple(resource for resource, free in found if free),
            left=sum(free for _resource, free in found),
        )


def _places_free(resource: Resource, taken: Taken, start: datetime, end: datetime) -> int:
    return sum(
        all(upper <= start or lower >= end for lower, upper in taken.get((resource.pk, place), ()))
        for place in range(1, resource.capacity + 1)
    )


def _hours_of(bookable: Bookable, resources: Sequence[Resource], first: date, last: date) -> Hours:
    """Four queries."""
    keys = [resource.pk for resource in resources]
    here = {"union_id": bookable.union_id}
    own_week: dict[int, list[Span]] = defaultdict(list)
    for row in ResourceHours.objects.filter(**here, resource__in=keys):
        own_week[row.resource_id].append(Span(row.weekday, row.opens, row.closes))
    own_days: dict[int, list[Special]] = defaultdict(list)
    for own in ResourceDay.objects.filter(**here, resource__in=keys, date__range=(first, last)):
        own_days[own.resource_id].append(Special(own.date, own.opens, own.closes, own.reason))
    week = OpeningHours.objects.filter(**here, store=bookable.store_id)
    specials = SpecialDay.objects.filter(**here, store=bookable.store_id, date__range=(first, last))
    return Hours(
        week=[Span(row.weekday, row.opens, row.closes) for row in week],
        specials=[Special(row.date, row.opens, row.closes, row.reason) for row in specials],
        own_week=own_week,
        own_days=own_days,
    )


def taken_by(
    bookable: Bookable,
    resources: Sequence[Resource],
    first: date,
    last: date,
    zone: ZoneInfo,
    now: datetime,
    moving: Reservation | None,
) -> Taken:
    """What is held of each place; a proposal whose time to be answered is over holds nothing. One query.

    Of `bookable` only the union is asked: the resources may be of several stores.
    """
    margin = timedelta(days=2)
    span = (datetime.combine(first, time.min, zone) - margin, datetime.combine(last, time.max, zone) + margin)
    held = Reservation.objects.filter(
        union_id=bookable.union_id,
        resource__in=[resource.pk for resource in resources],
        state__in=Reservation.HOLDING,
        held__overlap=span,
    ).exclude(Q(state__in=Reservation.OPEN) & Q(expires_at__lte=now))
    if moving is not None:
        held = held.exclude(pk=moving.pk)
    taken: Taken = defaultdict(list)
    for resource_id, place, held_for in held.order_by("id").values_list("resource_id", "place", "held"):
        taken[resource_id, place].append((held_for.lower, held_for.upper))
    return taken
