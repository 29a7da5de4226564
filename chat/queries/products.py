"""Products that may be shown in a conversation."""

from __future__ import annotations

from chat.models import Conversation
from core.errors import NotFound
from stores.models import Product, Store


def product_in_conversation(conversation: Conversation, key: int | str) -> Product:
    """A published product of the store they talk to (with the union's support: of any), by id or by its short name.

    Short names are the store's own. Raises NotFound.
    """
    products = Product.objects.filter(union=conversation.union_id, is_published=True, store__in=Store.objects.visible())
    if isinstance(key, int):
        products = products.filter(pk=key)
    elif conversation.store_id is not None:
        products = products.filter(slug=key)
    else:
        raise NotFound
    if conversation.store_id is not None:
        products = products.filter(store=conversation.store_id)
    product = products.first()
    if product is None:
        raise NotFound
    return product


def product_at(store: Store | None, union_id: int, key: int) -> Product | None:
    """The published product that a page shows, if it is this store's."""
    products = Product.objects.filter(union=union_id, pk=key, is_published=True)
    return products.filter(store=store).first() if store is not None else None
