"""What a provider takes for what no voucher covers."""

from __future__ import annotations

from collections.abc import Iterable

from ascc.models import ProviderPrice, ServiceProvider
from core.errors import NotFound

Unit = ProviderPrice.Unit


def prices_of(provider: ServiceProvider) -> list[ProviderPrice]:
    """Its list, in the order in which it was written. One query."""
    return list(ProviderPrice.objects.filter(union=provider.union_id, provider=provider).order_by("id"))


def price_at(provider: ServiceProvider, key: str) -> ProviderPrice:
    """One line of its own list. Raises NotFound."""
    found = ProviderPrice.objects.filter(union=provider.union_id, provider=provider, key=key[:16]).first()
    if found is None:
        raise NotFound
    return found


def cheapest(prices: Iterable[ProviderPrice]) -> ProviderPrice | None:
    """What it costs at least to have it come: the lowest price of a visit, else of an hour; pieces come on top."""
    rows = list(prices)
    for unit in (Unit.VISIT, Unit.HOUR):
        of_unit = [price for price in rows if price.unit == unit]
        if of_unit:
            return min(of_unit, key=lambda price: price.amount)
    return None
