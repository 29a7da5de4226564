"""Prices, changed by people and programs at the same time."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, constraint_of
from stores.models import Variant
from stores.services.catalogue.changed import note_changed
from stores.services.catalogue.history import keep_prices

KEEP = -1


class StalePrice(DomainError):
    """Someone else changed the price since it was read; `price` and `version` say what it is now."""

    code = "stale_price"
    status = 412
    detail = _("Someone has changed this price in the meantime. Look at the price as it is now and enter yours again.")


class WasNotDearer(Invalid):
    """The former price is not above the price."""

    code = "was_price_not_dearer"
    detail = _("The price before must be higher than the price now.")


@transaction.atomic
def set_price(
    *,
    variant: Variant,
    price: int,
    actor: User | None,
    now: datetime,
    expected_version: int | None = None,
    was_price: int | None = KEEP,
) -> Variant:
    """Give the variant a price in minor units, tax included; `was_price` None ends a reduction, KEEP leaves it.

    A reduction that the new price has overtaken (was ≤ price) ends by itself when kept. Returns the variant as it is
    now. Raises StalePrice when its version is not the expected one, Invalid, WasNotDearer.
    """
    if price < 0:
        raise Invalid(_("A price cannot be below zero."), field="price")
    wanted = Variant.objects.filter(pk=variant.pk, union_id=variant.union_id)
    if expected_version is not None:
        wanted = wanted.filter(version=expected_version)
    if was_price == KEEP:
        was_price = variant.was_price if variant.was_price and variant.was_price > price else None
    try:
        with transaction.atomic():
            changed = wanted.update(price=price, was_price=was_price, version=F("version") + 1)
    except IntegrityError as error:
        if constraint_of(error) == "variant_was_dearer":
            raise WasNotDearer(field="was_price") from error
        raise
    variant.refresh_from_db(fields=["price", "was_price", "version"])
    if not changed:
        raise StalePrice(price=variant.price, version=variant.version)
    keep_prices(product_ids=[variant.product_id], actor=actor, now=now)
    variant.product.updated_at = now
    variant.product.save(update_fields=["updated_at"])
    note_changed(product_ids=[variant.product_id], actor=actor, words=False)
    return variant
