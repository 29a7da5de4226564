"""Public holidays of a union's country and region, to propose as closed days."""

from __future__ import annotations

from datetime import date, timedelta

import holidays as public

from unions.models import Union, UnionRegion

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


def _subdivision(union: Union, known: list[str]) -> str | None:
    codes = UnionRegion.objects.filter(union=union).order_by("code").values_list("code", flat=True)
    parts = [code.partition("-")[2] for code in codes]
    return next((part for part in parts if part in known), NATION_OF_COUNTY.get(union.country))


def _language(country: str, language: str) -> str | None:
    known = public.list_localized_countries().get(country, [])
    return next((code for code in LANGUAGES.get(language, ()) if code in known), None)
