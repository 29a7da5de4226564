"""What a provider takes for what no voucher covers: a short list that customers read before they choose."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from ascc.models import ProviderPrice, ServiceProvider
from core.errors import DomainError, Invalid, constraint_of
from core.references import new_secret
from unions.models import SignalCode

MOST_PRICES = 30
MOST_AMOUNT = 10**12


class EnoughPrices(DomainError):
    """A short list is read; a long one is not."""

    code = "enough_prices"
    detail = _("A price list has at most thirty lines. Take one away first.")


@transaction.atomic
def set_price(
    *,
    provider: ServiceProvider,
    title: str,
    amount: int,
    unit: str,
    code: str = "",
    translations: dict[str, Any] | None = None,
    price: ProviderPrice | None = None,
) -> ProviderPrice:
    """One more line, or another wording or amount (minor units) of `price`. Raises Invalid, EnoughPrices."""
    title = title.strip()[:120]
    if not title:
        raise Invalid(_("Say what it is for."), field="title")
    if not 0 < amount <= MOST_AMOUNT:
        raise Invalid(_("Say how much it comes to."), field="amount")
    if unit not in ProviderPrice.Unit.values:
        raise Invalid(field="unit")
    if code and not SignalCode.objects.filter(code=code).exists():
        raise Invalid(_("This kind of work is not known."), field="code")
    # Two presses at once come one after the other, or both would be the thirtieth line.
    ServiceProvider.objects.select_for_update(no_key=True).get(union=provider.union_id, pk=provider.pk)
    if price is None:
        if ProviderPrice.objects.filter(union=provider.union_id, provider=provider).count() >= MOST_PRICES:
            raise EnoughPrices
        price = ProviderPrice(union_id=provider.union_id, provider=provider, key=new_secret(8))
    price.title, price.amount, price.unit, price.code = title, amount, unit, code
    price.translations = translations or {}
    try:
        with transaction.atomic():
            price.save()
    except IntegrityError as error:
        if constraint_of(error) != "provider_price_once":
            raise
        raise Invalid(_("Your list has this line already."), field="title") from error
    return price


def drop_price(*, price: ProviderPrice) -> None:
    """It is no longer offered; bills that were asked for keep what they say."""
    ProviderPrice.objects.filter(union=price.union_id, pk=price.pk).delete()
