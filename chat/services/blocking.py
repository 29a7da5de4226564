"""Whom a store, or the whole union, does not talk to."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

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
    """Block the browser and, where there is one, the account behind a conversation, and end it and all they have here.

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
    theirs = Q(visitor=conversation.visitor) if conversation.visitor else Q(pk=conversation.pk)
    if conversation.customer is not None:
        theirs |= Q(customer=conversation.customer)
    going_on = Conversation.objects.filter(theirs, union=conversation.union).exclude(state=Conversation.State.ENDED)
    if store is not None:
        going_on = going_on.filter(store=store)
    for each in going_on.order_by("pk"):
        end_conversation(conversation=each, by=Conversation.EndedBy.MANAGER, now=now)
    return block


@transaction.atomic
def unblock(*, union: Union, store: Store | None, block: int) -> None:
    """They may talk again. Raises NotFound for a block of another place."""
    deleted, _by = Block.objects.filter(union=union, store=store, pk=block).delete()
    if not deleted:
        raise NotFound
