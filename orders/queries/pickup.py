"""Where orders that are picked up wait: the shop's address, telephone and when it is open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from orders.models import Order
from stores.models import OpeningHours, SpecialDay
from stores.queries.opening import Span, Special, coming_week, opening_at
from stores.views.shop.words import hours_rows, opening_text
from unions.models import Union

OPEN_DAYS_TOLD = 2
DAYS_AHEAD = timedelta(days=15)


@dataclass(frozen=True, slots=True)
class PickupPlace:
    """A shop in words; `opening` is true now, `days` (its next open days with their hours) also when read later."""

    street: str
    town: str
    phone: str
    opening: str
    days: list[str]


def pickup_places(orders: Iterable[Order], *, union: Union, now: datetime) -> dict[int, PickupPlace]:
    """The place by store of those orders that are picked up: two queries, none where nothing is picked up.

    The orders' stores must have been read. Texts are in the active language.
    """
    stores = {order.store_id: order.store for order in orders if order.delivery_kind == "pickup"}
    if not stores:
        return {}
    weeks: dict[int, list[Span]] = defaultdict(list)
    for hours in OpeningHours.objects.filter(union=union, store__in=stores):
        weeks[hours.store_id].append(Span(hours.weekday, hours.opens, hours.closes))
    specials: dict[int, list[Special]] = defaultdict(list)
    dates = (now.date() - timedelta(days=1), now.date() + DAYS_AHEAD)
    for day in SpecialDay.objects.filter(union=union, store__in=stores, date__range=dates):
        specials[day.store_id].append(Special(day.date, day.opens, day.closes, day.reason))
    places = {}
    for key, store in stores.items():
        week, special = weeks[key], specials[key]
        days = [day for day in coming_week(now, union.time_zone, week, special) if day.spans]
        places[key] = PickupPlace(
            street=store.street,
            town=f"{store.postal_code} {store.city}".strip(),
            phone=store.phone,
            opening=opening_text(opening_at(now, union.time_zone, week, special)),
            days=[f"{row['day']}: {row['text']}" for row in hours_rows(days[:OPEN_DAYS_TOLD])],
        )
    return places
