"""Days on which a union rests: what the calendar of its country says, and what its office made of it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays as public
from django.conf import settings
from django.db import transaction

from accounts.models import User
from core.localized import localized
from unions.models import Union, UnionHoliday, UnionRegion
from unions.queries import require_union_admin

# A county is finer than the four nations whose holidays differ; most unions of the United Kingdom are English.
NATION_OF_COUNTY = {"GB": "ENG"}
LANGUAGES = {"en": ("en_GB", "en_US"), "zh-hant": ("zh_TW",), "ko": ("ko",)}


def public_holidays(*, union: Union, language: str, start: date, days: int = 365) -> list[tuple[date, str]]:
    """Public holidays (date, name) of the union's place from `start` on, in the language where the names are known.

    Empty for a country that the library does not know.
    """
    supported = public.list_supported_countries()
    if union.country not in supported:
        return []
    years = range(start.year, (start + timedelta(days=days)).year + 1)
    calendar = public.country_holidays(
        union.country,
        subdiv=_subdivision(union, supported[union.country]),
        years=years,
        language=_language(union.country, language),
    )
    return sorted((day, name) for day, name in calendar.items() if start <= day < start + timedelta(days=days))


@transaction.atomic
def take_over_holidays(*, union: Union, actor: User | None, now: datetime, days: int = 365) -> int:
    """The calendar's public holidays become the union's, with their names in all languages that are known.

    Days that the office has already stay as they are. Returns how many are new. Raises NotAllowed.
    """
    require_union_admin(actor, union)
    start = now.astimezone(ZoneInfo(union.time_zone)).date()
    own = dict(public_holidays(union=union, language=union.default_language, start=start, days=days))
    others: dict[date, dict[str, dict[str, str]]] = defaultdict(dict)
    for language, _name in settings.LANGUAGES:
        if language == union.default_language:
            continue
        for day, name in public_holidays(union=union, language=language, start=start, days=days):
            if name != own.get(day):
                others[day][language] = {"name": name[:120]}
    before = UnionHoliday.objects.filter(union=union).count()
    rows = [UnionHoliday(union=union, date=day, name=own[day][:120], translations=others[day]) for day in sorted(own)]
    UnionHoliday.objects.bulk_create(rows, ignore_conflicts=True)
    return UnionHoliday.objects.filter(union=union).count() - before


def holidays_to_propose(*, union: Union, language: str, start: date, days: int = 365) -> list[tuple[date, str]]:
    """What a store is offered as closed days: the union's own holidays; before it has any, the calendar's."""
    own = UnionHoliday.objects.filter(union=union, date__gte=start, date__lt=start + timedelta(days=days))
    named = [(holiday.date, localized(holiday, "name", language)) for holiday in own.order_by("date")]
    return named or public_holidays(union=union, language=language, start=start, days=days)


def _subdivision(union: Union, known: list[str]) -> str | None:
    codes = UnionRegion.objects.filter(union=union).order_by("code").values_list("code", flat=True)
    parts = [code.partition("-")[2] for code in codes]
    return next((part for part in parts if part in known), NATION_OF_COUNTY.get(union.country))


def _language(country: str, language: str) -> str | None:
    known = public.list_localized_countries().get(country, [])
    return next((code for code in LANGUAGES.get(language, ()) if code in known), None)
