"""Which stores a wish is called to. One statement: as many index probes as the code has codes above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django_scopes import scopes_disabled

from core.statements import rows_of
from stores.models import OpeningHours, SpecialDay, Store
from stores.queries.opening import Span, Special, opening_at
from unions.models import Union


def meters_to(latitude: str, longitude: str) -> str:
    """SQL for the great-circle distance from `store` to a place; both are expressions."""
    return f"""
    2 * 6371008.8 * asin(sqrt(least(1.0,
        power(sin(radians(store.latitude - {latitude}) / 2), 2)
        + cos(radians({latitude})) * cos(radians(store.latitude))
        * power(sin(radians(store.longitude - {longitude}) / 2), 2)
    )))
    """


_FITS = f"""
    JOIN unions_membership AS membership ON membership.id = store.membership_id AND membership.state = 'active'
    LEFT JOIN matching_callsettings AS settings ON settings.store_id = store.id
    CROSS JOIN LATERAL (SELECT {meters_to("%(latitude)s", "%(longitude)s")} AS meters) AS far
WHERE store.is_published AND coalesce(settings.takes_calls, true)
    AND (%(reach)s::float IS NULL OR far.meters <= %(reach)s)
"""

_SHOWN = "store.id, store.union_id, coalesce(settings.only_open, false) AS only_open, settings.most_a_day"

SUBSCRIBERS = f"""
SELECT DISTINCT ON (store.id) {_SHOWN}
FROM matching_subscription AS wanted
    JOIN stores_store AS store ON store.id = wanted.store_id
{_FITS}
    AND wanted.code_id = ANY(%(codes)s) AND wanted.union_id = ANY(%(unions)s)
    AND (wanted.reach_km IS NULL OR far.meters IS NULL OR far.meters <= wanted.reach_km * 1000.0)
    AND (%(budget)s::bigint IS NULL OR wanted.union_id <> ALL(%(same_money)s) OR (
        coalesce(wanted.budget_from, 0) <= %(budget)s AND coalesce(wanted.budget_to, %(budget)s) >= %(budget)s))
ORDER BY store.id
"""
"""A wish without a budget, or in another currency, fits every budget; one without a place every distance."""

ANY_SUBSCRIBERS = f"""
SELECT {_SHOWN} FROM stores_store AS store
{_FITS}
    AND store.union_id = ANY(%(unions)s)
    AND EXISTS (SELECT FROM matching_subscription AS wanted WHERE wanted.store_id = store.id
        AND wanted.union_id = store.union_id)
"""

CHOSEN = f"""
SELECT {_SHOWN} FROM stores_store AS store
{_FITS}
    AND store.union_id = ANY(%(unions)s) AND store.id = ANY(%(chosen)s)
"""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A store to be called, and how many calls it takes a day (None: any number)."""

    store_id: int
    union_id: int
    most_a_day: int | None


def subscribers_for(
    *,
    unions: Sequence[Union],
    codes: Sequence[str],
    chosen: Sequence[int] | None,
    budget: int | None,
    currency: str,
    latitude: float | None,
    longitude: float | None,
    reach_km: int | None,
    now: datetime,
) -> list[Subscriber]:
    """Visible stores that take calls and want this one. `codes`: the wished one and those above it; none: any.

    `chosen` narrows to these stores, subscribed or not. One query; two more if a store takes calls only when open.
    """
    values: dict[str, Any] = {
        "unions": [union.pk for union in unions],
        "same_money": [union.pk for union in unions if union.currency == currency],
        "codes": list(codes),
        "chosen": list(chosen or ()),
        "budget": budget,
        "latitude": latitude,
        "longitude": longitude,
        "reach": None if reach_km is None or latitude is None else reach_km * 1000.0,
    }
    statement = CHOSEN if chosen is not None else SUBSCRIBERS if codes else ANY_SUBSCRIBERS
    rows = rows_of(statement, values)
    closed = _closed([row.id for row in rows if row.only_open], unions, now=now)
    return [Subscriber(row.id, row.union_id, row.most_a_day) for row in rows if row.id not in closed]


def _closed(store_ids: list[int], unions: Sequence[Union], *, now: datetime) -> set[int]:
    """Which of these stores are closed now; one that has told no hours is not."""
    if not store_ids:
        return set()
    zones = {union.pk: union.time_zone for union in unions}
    with scopes_disabled():
        homes = dict(Store.objects.filter(pk__in=store_ids).values_list("pk", "union_id"))
        weeks: dict[int, list[Span]] = {}
        for shop, weekday, opens, closes in OpeningHours.objects.filter(store__in=store_ids).values_list(
            "store", "weekday", "opens", "closes"
        ):
            weeks.setdefault(shop, []).append(Span(weekday, opens, closes))
        days: dict[int, list[Special]] = {}
        for shop, date, begins, ends, reason in SpecialDay.objects.filter(store__in=store_ids).values_list(
            "store", "date", "opens", "closes", "reason"
        ):
            days.setdefault(shop, []).append(Special(date, begins, ends, reason))
    found = set()
    for store_id in store_ids:
        opening = opening_at(now, zones[homes[store_id]], weeks.get(store_id, []), days.get(store_id, []))
        if opening.known and not opening.is_open:
            found.add(store_id)
    return found
