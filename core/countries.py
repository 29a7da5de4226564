"""Countries by ISO 3166-1, in the reader's language (CLDR's names)."""

from __future__ import annotations

from functools import cache

from django.utils.translation import get_language

from core.money import locale_of

# CLDR's territories beside ISO's countries: unions, fringes, pseudo-locales, unknown.
NOT_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"})


@cache
def _choices(language: str) -> tuple[tuple[str, str], ...]:
    territories = locale_of(language).territories
    found = [(code, name) for code, name in territories.items() if len(code) == 2 and code.isalpha()]
    return tuple(sorted((item for item in found if item[0] not in NOT_COUNTRIES), key=lambda item: item[1]))


def country_choices() -> list[tuple[str, str]]:
    """(code, name) of every country, by name in the active language; for a form field's `choices`."""
    return list(_choices(get_language() or "en"))


def country_name(code: str) -> str:
    """The country's name in the active language; the code itself when unknown."""
    return str(locale_of().territories.get(code, code))
