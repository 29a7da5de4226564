"""Prices of providers in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from ascc.models import ProviderPrice
from ascc.queries.prices import cheapest
from core.localized import localized
from core.money import format_money
from unions.models import SignalCode

Unit = ProviderPrice.Unit


def price_rows(prices: Iterable[ProviderPrice], currency: str) -> list[dict[str, Any]]:
    """Each line with its amount, what it is per, and what it is about. One query."""
    rows = list(prices)
    codes = {code.code: code for code in SignalCode.objects.filter(code__in={row.code for row in rows if row.code})}
    return [
        {
            "row": row,
            "title": localized(row, "title"),
            "amount": format_money(row.amount, currency),
            "unit": row.get_unit_display(),
            "about": localized(codes[row.code], "title") if row.code in codes else "",
        }
        for row in rows
    ]


def price_from(prices: Iterable[ProviderPrice], currency: str) -> str:
    """What it costs at least to have the provider come, in short; empty without a price."""
    found = cheapest(prices)
    if found is None:
        return ""
    amount = format_money(found.amount, currency)
    if found.unit == Unit.HOUR:
        return _("From %(amount)s an hour") % {"amount": amount}
    return _("Call-out from %(amount)s") % {"amount": amount}


def price_line(price: ProviderPrice, currency: str) -> str:
    """One line to choose from: `Call-out, £45.00 per visit`."""
    amount = format_money(price.amount, currency)
    return f"{localized(price, 'title')}, {amount} {price.get_unit_display()}"
