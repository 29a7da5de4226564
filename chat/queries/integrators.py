"""What a key, or a guest with their token, sees of conversations."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from chat.models import Conversation, Message
from chat.queries.shoppers import Shopper, conversations_of
from core.errors import NotFound
from stores.models import ApiKey, Store
from unions.models import Union


def conversations_for(union: Union, key: ApiKey | None, shopper: Shopper) -> QuerySet[Any]:
    """A store's own, all of a union's, a customer's own, or those of a guest; newest first."""
    found: QuerySet[Conversation]
    if key is None or key.user_id is not None:
        found = conversations_of(shopper)
    else:
        found = Conversation.objects.filter(union=union)
        if key.store_id is not None:
            found = found.filter(store=key.store_id)
    return found.select_related("store", "manager", "union").order_by("-id")


def conversation_for(union: Union, key: ApiKey | None, shopper: Shopper, ref: str) -> Conversation:
    """One of these. Raises NotFound, also for others'."""
    conversation: Conversation | None = conversations_for(union, key, shopper).filter(ref=ref).first()
    if conversation is None:
        raise NotFound
    return conversation


def messages_after(conversation: Conversation, *, after: int, most: int) -> list[Message]:
    """In order of their numbers."""
    found = Message.objects.filter(union=conversation.union_id, conversation=conversation, seq__gt=after)
    return list(found.select_related("sender").order_by("seq")[:most])


def place_for(union: Union, key: ApiKey, slug: str) -> Store | None:
    """The store that a key speaks for: its own, or the one that a union's key names; None is the union's support.

    Raises NotFound, also for another store than the key's.
    """
    if key.user_id is not None:
        raise NotFound
    if key.store is not None:
        if slug and slug != key.store.slug:
            raise NotFound
        return key.store
    if not slug:
        return None
    store = Store.objects.filter(union=union, slug=slug).first()
    if store is None:
        raise NotFound
    return store
