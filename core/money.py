"""Money is an integer in minor units plus an ISO 4217 code. Rates are basis points. Rounding is half-even, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from babel.core import Locale, get_global
from babel.numbers import format_currency, format_decimal, get_currency_precision
from django.utils.translation import get_language

BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` in minor units (pence, whole won, cents) of `currency` (ISO 4217)."""

    amount: int
    currency: str

    def __str__(self) -> str:
        return format_money(self.amount, self.currency)


def exponent_of(currency: str) -> int:
    """How many digits stand behind the point: 2 for GBP, 0 for KRW (CLDR's, which for TWD are the two of ISO 4217).

    Nobody in Taiwan prices in cents, but amounts in hundredths mean the same to every integrator: docs/adr/0008.
    """
    return get_currency_precision(currency)


def is_whole_in_daily_use(currency: str) -> bool:
    """Whether people leave hundredths away although the currency has them: TWD, HUF, IDR, SEK and the like.

    CLDR says so by its digits for cash. Whole amounts of these are shown and typed without a point; an amount that is
    not whole keeps it, and what is stored and sent stays in minor units: docs/adr/0008.
    """
    fractions = get_global("currency_fractions")
    digits, _rounding, cash_digits, _cash_rounding = fractions.get(currency, fractions["DEFAULT"])
    return bool(digits) and not cash_digits


def shown_digits(amount: int, currency: str) -> int:
    """How many digits behind the point people write for this amount: 2 for £4.00 and NT$4.50, 0 for NT$4 and ₩4."""
    digits = exponent_of(currency)
    return 0 if is_whole_in_daily_use(currency) and amount % 10**digits == 0 else digits


def as_typed(amount: int, currency: str) -> str:
    """Minor units as people type them into a field: `1250` of GBP is `12.50`, of KRW `1250`, `41200` of TWD `412`."""
    return f"{as_decimal(amount, currency):.{shown_digits(amount, currency)}f}"


def as_decimal(amount: int, currency: str) -> Decimal:
    """Minor units as a decimal number of major units, exactly."""
    return Decimal(amount).scaleb(-exponent_of(currency))


def as_minor(value: Decimal, currency: str) -> int:
    """A decimal number of major units as minor units, rounded half-even."""
    return int(value.scaleb(exponent_of(currency)).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def locale_of(language: str | None = None) -> Locale:
    """Babel's locale for a Django language code; English for an unknown one."""
    language = language or get_language() or "en"
    try:
        return Locale.parse({"zh-hant": "zh_Hant_TW", "ko": "ko_KR", "en": "en_GB"}.get(language, language), sep="_")
    except (ValueError, LookupError):
        return Locale("en", "GB")


def format_money(amount: int, currency: str, language: str | None = None) -> str:
    """The amount as people of that language write it. Whole amounts of TWD and its like lose their `.00`."""
    value = as_decimal(amount, currency)
    locale = locale_of(language)
    if shown_digits(amount, currency) < exponent_of(currency):
        pattern = locale.currency_formats["standard"].pattern.replace(".00", "")
        return format_currency(value, currency, locale=locale, format=pattern, currency_digits=False)
    return format_currency(value, currency, locale=locale)


def format_amount(amount: int, currency: str, language: str | None = None) -> str:
    """The same without the currency's sign, for columns whose heading says it."""
    places = "0" * shown_digits(amount, currency)
    pattern = f"#,##0.{places}" if places else "#,##0"
    return format_decimal(as_decimal(amount, currency), format=pattern, locale=locale_of(language))


def round_half_even(value: Fraction) -> int:
    """The nearest integer; a tie goes to the even one."""
    return round(value)


def rate_of(amount: int, rate_bp: int) -> int:
    """`rate_bp` basis points of the amount, rounded half-even."""
    return round_half_even(Fraction(amount * rate_bp, BASIS_POINTS))


def tax_inside(gross: int, rate_bp: int) -> int:
    """The tax contained in a gross amount at that rate, rounded half-even."""
    return round_half_even(Fraction(gross * rate_bp, BASIS_POINTS + rate_bp))


def share(total: int, weights: Sequence[int]) -> list[int]:
    """Split the total in proportion to the weights so that the parts add up to it (largest remainder).

    Equal remainders go to the earlier part. All weights zero: the first part takes everything.
    """
    if not weights:
        return []
    whole = sum(weights)
    if whole == 0:
        return [total] + [0] * (len(weights) - 1)
    exact = [Fraction(total * weight, whole) for weight in weights]
    parts = [part.__floor__() for part in exact]
    order = sorted(range(len(parts)), key=lambda index: (parts[index] - exact[index], index))
    for index in order[: total - sum(parts)]:
        parts[index] += 1
    return parts
