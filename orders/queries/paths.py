"""Reading the ways that led to purchases; of one store only what happened on its own and the union's common pages."""

from __future__ import annotations

from typing import Any

from orders.models import PurchasePath
from stores.models import Store
from unions.models import Union
from unions.models.union import RESERVED_SLUGS


def path_of(union: Union, purchase_id: int) -> PurchasePath | None:
    """The whole way, for the union's office."""
    return PurchasePath.objects.filter(union=union, purchase=purchase_id).first()


def steps_for(store: Store, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps that are this store's business. What names other stores beside it names this one only."""
    shown = []
    for step in steps:
        if step.get("product") and step["product"].partition("/")[0] != store.slug:
            continue
        first = step.get("page", "").strip("/").partition("/")[0]
        if first and first not in RESERVED_SLUGS and first != store.slug:
            continue
        if step["kind"] == "checkout":
            if store.slug not in step.get("words", "").split():
                continue
            step = {name: value for name, value in step.items() if name != "words"}
        shown.append(step)
    return shown
