"""Reading what goods cost when, and what is planned."""

from __future__ import annotations

from django.db.models import QuerySet

from core.errors import NotFound
from stores.models import PlannedPrice, PriceChange, Product

SHOWN = 200


def price_changes_of(product: Product) -> list[PriceChange]:
    """The last price changes of all variants of a product, newest first."""
    changes = PriceChange.objects.filter(union_id=product.union_id, variant__product=product)
    return list(changes.select_related("variant", "actor").order_by("-pk")[:SHOWN])


def plans_of(product: Product) -> QuerySet[PlannedPrice]:
    """What is planned or runs for a product, soonest first."""
    return (
        PlannedPrice.objects.filter(
            union_id=product.union_id,
            variant__product=product,
            state__in=[PlannedPrice.State.PLANNED, PlannedPrice.State.RUNNING],
        )
        .select_related("variant")
        .order_by("starts_at", "pk")
    )


def plan_of(product: Product, pk: int | None) -> PlannedPrice:
    """One of these. Raises NotFound."""
    found = plans_of(product).filter(pk=pk).first() if pk is not None else None
    if found is None:
        raise NotFound
    return found
