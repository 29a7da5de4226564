"""Whom a store, or the whole union, does not talk to."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from chat.models import Block, Conversation
from chat.services.conversations import end_conversation
from core.errors import NotFound
from stores.models import Store
from unions.models import Union


@transaction.atomic
def block_shopper(
    *, conversation: Conversation, store: Store | None, by: User, reason: str, days: int | None, now: datetime
) -> Block:
    """Block the browser and, where there is one, the account behind a conversation, and end it.

    From the support's console (no store) it holds in the whole union.
    """
    block, _made = Block.objects.get_or_create(
        union=conversation.union,
        store=store,
        visitor=conversation.visitor,
        user=conversation.customer,
        until=now + timedelta(days=days) if days else None,
        defaults={"reason": reason, "by": by, "at": now},
    )
    end_conversation(conversation=conversation, by=Conversation.EndedBy.MANAGER, now=now)
    return block


@transaction.atomic
def unblock(*, union: Union, store: Store | None, block: int) -> None:
    """They may talk again. Raises NotFound for a block of another place."""
    deleted, _by = Block.objects.filter(union=union, store=store, pk=block).delete()
    if not deleted:
        raise NotFound
