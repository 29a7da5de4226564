"""Choosing a time: two weeks of days with what is free on each, and the times of one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.localized import localized
from orders.models import Bookable, Reservation, Resource
from orders.queries.slots import SlotDay, free_slots, resources_for
from orders.services.reservations.placing import instant
from stores.views.shop.words import day_text, time_text

DAYS_SHOWN = 14


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address says: from which day on, which day, at whom (a resource's key)."""

    first: date | None
    day: date | None
    who: str

    @classmethod
    def of(cls, request: HttpRequest) -> Wish:
        """Anything that is no date counts as not said."""
        sent = request.GET
        return cls(_date(sent.get("from", "")), _date(sent.get("day", "")), sent.get("who", "")[:16])


def times_shown(
    request: HttpRequest, *, bookable: Bookable, now: datetime, moving: Reservation | None = None
) -> dict[str, Any]:
    """What templates/orders/_times.html shows. Eight queries however many days."""
    wish = Wish.of(request)
    today = now.astimezone(ZoneInfo(bookable.union.time_zone)).date()
    latest = today + timedelta(days=bookable.ahead_days)
    first = min(max(wish.first or wish.day or today, today), latest)
    last = min(first + timedelta(days=DAYS_SHOWN - 1), latest)
    resources = resources_for(bookable)
    who = next((resource for resource in resources if resource.key == wish.who), None)
    days = free_slots(bookable=bookable, first=first, last=last, now=now, resource=who, moving=moving)
    chosen = _chosen(days, wish.day)
    kept = {name: request.GET[name] for name in ("variant", "who") if name in request.GET}
    return {
        "who": who,
        "people": _people(resources, who, kept, chosen) if len(resources) > 1 else [],
        "days": [_day(day, chosen, first, kept) for day in days],
        "chosen": chosen.date if chosen else None,
        "chosen_text": day_text(chosen.date) if chosen else "",
        "slots": [
            {"value": instant(moment=slot.starts_at), "text": time_text(slot.starts_at.time()), "left": slot.left}
            for slot in (chosen.slots if chosen else ())
        ],
        "earlier": _address(kept, {"from": max(today, first - timedelta(days=DAYS_SHOWN))}) if first > today else "",
        "later": _address(kept, {"from": last + timedelta(days=1)}) if last < latest else "",
        "zone": bookable.union.time_zone,
    }


def next_words(refusal_next: list[str], zone: str) -> str:
    """The next free times in words, for a refusal; an empty text when there is none."""
    moments = [datetime.fromisoformat(text).astimezone(ZoneInfo(zone)) for text in refusal_next]
    listed = ", ".join(f"{day_text(moment.date())} {time_text(moment.time())}" for moment in moments)
    return _("The next free times: %(times)s.") % {"times": listed} if listed else ""


def resource_name(resource: Resource) -> str:
    """In the active language."""
    return localized(resource, "name")


def _chosen(days: list[SlotDay], wished: date | None) -> SlotDay | None:
    """The wished day, else the first with a free time."""
    asked = next((day for day in days if day.date == wished), None)
    return asked or next((day for day in days if day.slots), None)


def _day(day: SlotDay, chosen: SlotDay | None, first: date, kept: dict[str, str]) -> dict[str, Any]:
    count = len(day.slots)
    return {
        "text": day_text(day.date),
        "free": ngettext("%(count)d time", "%(count)d times", count) % {"count": count} if count else _("none free"),
        "url": _address(kept, {"from": first, "day": day.date}) if count else "",
        "current": chosen is not None and day.date == chosen.date,
    }


def _people(
    resources: list[Resource], who: Resource | None, kept: dict[str, str], chosen: SlotDay | None
) -> list[dict[str, Any]]:
    there: dict[str, Any] = {"day": chosen.date} if chosen else {}
    others = {name: value for name, value in kept.items() if name != "who"}
    anyone = {"title": _("Whoever is free"), "url": _address(others, there), "current": who is None}
    named = [
        {
            "title": resource_name(resource),
            "url": _address(others, {**there, "who": resource.key}),
            "current": who is not None and resource.pk == who.pk,
        }
        for resource in resources
    ]
    return [anyone, *named]


def _address(kept: dict[str, str], more: dict[str, Any]) -> str:
    return f"?{urlencode({**kept, **more})}"


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
