"""Counting by hand or by program: the figure that was counted against must still be the one of now."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError
from stores.models import StockLevel, Variant
from stores.services.stock import adjust


class StaleStock(DomainError):
    """Goods came in or went out since the figure was read; `on_hand` says what it is now."""

    code = "stale_stock"
    status = 412
    detail = _("The stock has changed since you read it. Read it again and repeat your count.")


@transaction.atomic
def count_stock(
    *,
    variant: Variant,
    expected: int,
    on_hand: int | None,
    low_at: int | None,
    reason: str,
    actor: User | None,
    now: datetime,
) -> Variant:
    """Set what is on hand to a count made against `expected`, and the figure from which on little is left.

    None leaves either as it is. Raises StaleStock, OutOfStock when more is reserved than was counted; then nothing has
    changed.
    """
    StockLevel.objects.get_or_create(variant=variant, defaults={"union_id": variant.union_id})
    level = StockLevel.objects.select_for_update(no_key=True).get(union=variant.union_id, variant=variant)
    if level.on_hand != expected:
        raise StaleStock(on_hand=level.on_hand)
    if on_hand is not None and on_hand != level.on_hand:
        adjust(variant=variant, quantity=on_hand, actor=actor, reason=reason, now=now)
    if low_at is not None:
        StockLevel.objects.filter(pk=level.pk).update(low_at=low_at)
    level.refresh_from_db()
    variant.stock = level
    return variant
