"""Keeping beside a guest's conversation which cart is theirs, and telling the console when it changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chat.models import Conversation
from chat.queries.guest_carts import KEPT, guest_cart_key, guest_cart_mark
from chat.services.showing import console_topic
from core.live import announce, redis_connection
from unions.models import Union


def note_guest_cart(*, union: Union, conversations: Iterable[Conversation], token: str) -> None:
    """The browser of these guests' conversations has this cart; without one nothing is kept any more."""
    mark = guest_cart_mark(union=union, token=token)
    line = redis_connection()
    for conversation in conversations:
        if conversation.customer_id is not None:
            continue
        key = guest_cart_key(conversation.pk)
        before: Any = line.get(key)
        if mark:
            line.set(key, mark, ex=KEPT)
        elif before:
            line.delete(key)
        if (before or b"").decode() != mark:
            _tell(conversation)


def _tell(conversation: Conversation) -> None:
    topics = [console_topic(union_id=conversation.union_id, store_id=conversation.store_id)]
    if conversation.with_support and conversation.store_id is not None:
        topics.append(console_topic(union_id=conversation.union_id, store_id=None))
    frame = {"type": "cart.changed", "conversation": conversation.ref}
    announce(dict.fromkeys(topics, frame))
