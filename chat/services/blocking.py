"""Whom a store, or the whole union, does not talk to.

A block holds the browser and the account, as long as the store wishes, and for `BLOCKED_ADDRESS_HOURS` the network
address as well: who clears their cookies is a new browser, and behind one address there may be a whole school.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.models import User
from chat.models import Block, Conversation, RoomGuest
from chat.services.block_locks import block_alone
from chat.services.conversations import end_conversation
from core.errors import NotFound
from stores.models import Store
from unions.models import Union

NETWORKS_KEPT = timedelta(days=7)
"""How long it is remembered from which network address somebody came."""


@transaction.atomic
def block_shopper(
    *, conversation: Conversation, store: Store | None, by: User, reason: str, days: int | None, now: datetime
) -> Block:
    """Block who is behind a conversation, and end it and all they have here. Blocked again, the newest reason counts.

    From the support's console (no store) it holds in the whole union. Who is only a neighbour at the same address goes
    on with what they have begun.
    """
    block_alone(union_id=conversation.union_id)
    hours = settings.BLOCKED_ADDRESS_HOURS if conversation.network else 0
    block, _made = Block.objects.update_or_create(
        union=conversation.union,
        store=store,
        visitor=conversation.visitor,
        user=conversation.customer,
        until=now + timedelta(days=days) if days else None,
        defaults={
            "reason": reason,
            "by": by,
            "at": now,
            "address": conversation.network if hours else None,
            "address_until": now + timedelta(hours=hours) if hours else None,
        },
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


@transaction.atomic
def lift_address(*, union: Union, store: Store | None, block: int) -> None:
    """Others at the same address may begin something again; who was blocked stays so. Raises NotFound."""
    held = Block.objects.filter(union=union, store=store, pk=block, address__isnull=False)
    if not held.update(address=None, address_until=None):
        raise NotFound


def forget_networks(*, now: datetime) -> int:
    """Of what is over, where people came from is no longer kept. In all unions; returns how many rows."""
    before = now - NETWORKS_KEPT
    return (
        Conversation.objects.filter(network__isnull=False, created_at__lt=before).update(network=None)
        + RoomGuest.objects.filter(network__isnull=False, joined_at__lt=before).update(network=None)
        + Block.objects.filter(address_until__lt=now).update(address=None, address_until=None)
    )
