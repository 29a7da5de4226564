"""What follows from every change of the catalogue, in one place."""

from __future__ import annotations

from collections.abc import Sequence

from accounts.models import User
from core.outbox import publish_all
from stores.events import PRODUCT_CHANGED
from stores.services.search import index_products
from stores.services.summary import refresh_product


def note_changed(*, product_ids: Sequence[int], actor: User | None, words: bool = True) -> None:
    """Bring prices, stock mark, cover and (when words changed) the search index up to date, and publish the change."""
    refresh_product(product_ids=list(product_ids))
    if words:
        index_products(product_ids=list(product_ids))
    publish_all(
        [
            (PRODUCT_CHANGED, f"product:{pk}", {"product_id": pk, "actor_id": actor.pk if actor else None})
            for pk in product_ids
        ]
    )
