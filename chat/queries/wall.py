"""A union's live wall, and its conversations over time. For one store alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Avg, Count, DurationField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.db.models.functions import TruncDate

from chat.models import Conversation, Manager
from chat.queries.presence import present_managers, who_may_answer
from orders.models import Order
from stores.models import Store
from unions.models import Union

DAYS = 14
MOST_SHOWN = 30
BECAME_WITHIN = timedelta(days=1)
State = Conversation.State


@dataclass(frozen=True)
class Present:
    """Somebody at a console, with what they have in hand."""

    manager: Manager
    load: int


@dataclass(frozen=True)
class Wall:
    """This moment."""

    present: list[Present]
    waiting: list[Conversation]
    waiting_number: int
    active_number: int
    missed_number: int
    longest: timedelta


@dataclass(frozen=True)
class Day:
    """What a day brought. `wait` in seconds to the first answer."""

    day: date
    begun: int
    answered: int
    wait: float
    rating: float | None
    rated: int
    orders: int


def wall_of(union: Union, store: Store | None, *, now: datetime) -> Wall:
    """Who is present, who waits, how many are answered. Five statements whatever there is."""
    places = Q(store=store) if store is not None else Q()
    present = present_managers(union, now=now)
    managers = (
        who_may_answer()
        .filter(places, union=union, pk__in=present)
        .exclude(status=Manager.Status.OFF)
        .select_related("user", "store")
        .order_by("store__name", "pk")[:MOST_SHOWN]
    )
    shown = list(managers)
    loads = dict(
        Conversation.objects.filter(union=union, state=State.ACTIVE, manager__in=[each.user_id for each in shown])
        .order_by()
        .values_list("manager")
        .annotate(number=Count("pk"))
    )
    open_ones = Conversation.objects.filter(places, union=union)
    waiting = (
        open_ones.filter(state=State.WAITING).select_related("store", "offered_to").order_by("waiting_since", "pk")
    )
    since = now - timedelta(days=1)
    numbers = open_ones.filter(Q(state__in=[State.WAITING, State.ACTIVE]) | Q(state=State.MISSED, created_at__gt=since))
    counts = dict(numbers.order_by().values_list("state").annotate(number=Count("pk")))
    first = list(waiting[:MOST_SHOWN])
    longest = now - first[0].waiting_since if first and first[0].waiting_since else timedelta()
    return Wall(
        present=[Present(manager, loads.get(manager.user_id, 0)) for manager in shown],
        waiting=first,
        waiting_number=counts.get(State.WAITING, 0),
        active_number=counts.get(State.ACTIVE, 0),
        missed_number=counts.get(State.MISSED, 0),
        longest=longest,
    )


def days_of(union: Union, store: Store | None, *, now: datetime) -> list[Day]:
    """The last days in the union's clock, with those on which nothing was. One statement.

    A conversation became an order when its shopper, signed in, placed one at that store within a day of its beginning.
    """
    zone = ZoneInfo(union.time_zone)
    today = now.astimezone(zone).date()
    first = today - timedelta(days=DAYS - 1)
    start = datetime(first.year, first.month, first.day, tzinfo=zone)
    became = Order.objects.filter(
        union=union,
        store=OuterRef("store"),
        purchase__user=OuterRef("customer"),
        placed_at__gte=OuterRef("created_at"),
        placed_at__lt=ExpressionWrapper(
            OuterRef("created_at") + BECAME_WITHIN, output_field=Conversation.created_at.field
        ),
    ).exclude(state__in=Order.NOT_SOLD)
    rows: Any = (
        Conversation.objects.filter(Q(store=store) if store is not None else Q(), union=union, created_at__gte=start)
        .annotate(day=TruncDate("created_at", tzinfo=zone), became=Exists(became))
        .order_by()
        .values("day")
        .annotate(
            begun=Count("pk"),
            answered=Count("pk", filter=Q(answered_at__isnull=False)),
            wait=Avg(
                ExpressionWrapper(F("answered_at") - F("created_at"), output_field=DurationField()),
                filter=Q(answered_at__isnull=False),
            ),
            stars=Avg("rating"),
            rated=Count("rating"),
            orders=Count("pk", filter=Q(became=True)),
        )
    )
    found = {row["day"]: row for row in rows}
    return [_day(first + timedelta(days=number), found.get(first + timedelta(days=number))) for number in range(DAYS)]


def _day(day: date, row: dict[str, Any] | None) -> Day:
    if row is None:
        return Day(day, 0, 0, 0.0, None, 0, 0)
    wait = row["wait"].total_seconds() if row["wait"] else 0.0
    return Day(day, row["begun"], row["answered"], wait, row["stars"], row["rated"], row["orders"])
