"""The shortened session of a first-time visitor: how long, from when, how it ends, and the ways to go on.

The clock runs from the moment a manager accepts. Signing in or up, a membership, or the manager lifts the limit.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from chat.errors import FreeTimeOver
from chat.models import Conversation, TalkSettings
from chat.queries.shoppers import Shopper, conversations_of
from chat.queries.standing import is_member
from core.errors import WrongState
from stores.models import Store

State = Conversation.State
COMES_BACK_AFTER = timedelta(hours=24)
"""So long after a free session ended, a visitor without an account begins no other at the same store."""
LONGEST_EXTENSION = 240


def free_minutes_for(*, shopper: Shopper, store: Store | None, wished: int | None, now: datetime) -> int:
    """How many minutes a new conversation may last; 0 for no limit. Decided here and not by the browser.

    First-time is who has talked to nobody in this union yet. Raises FreeTimeOver.
    """
    if shopper.user is not None or is_member(shopper):
        return 0
    before = conversations_of(shopper)
    over = before.filter(
        store=store, state=State.ENDED, free_until__isnull=False, free_until__gt=now - COMES_BACK_AFTER
    )
    if over.filter(ended_by=Conversation.EndedBy.RULE).exists():
        raise FreeTimeOver
    if wished is not None:
        return wished
    settings = TalkSettings.objects.filter(union=shopper.union, store=store).only("free_minutes").first()
    if settings is None or not settings.free_minutes or before.exists():
        return 0
    return settings.free_minutes


def begin_free_time(*, conversation: Conversation, now: datetime) -> None:
    """The clock of a limited session starts with its first manager, and only once."""
    if conversation.free_minutes:
        Conversation.objects.filter(
            union=conversation.union_id, pk=conversation.pk, free_minutes__gt=0, free_until=None, state=State.ACTIVE
        ).update(free_until=now + timedelta(minutes=conversation.free_minutes))


def unlimit(*, conversations: list[int]) -> None:
    """Whoever has an account now goes on without a limit."""
    Conversation.objects.filter(pk__in=conversations).exclude(state=State.ENDED).update(free_minutes=0, free_until=None)


@transaction.atomic
def extend_free_time(*, conversation: Conversation, minutes: int, now: datetime) -> Conversation:
    """The manager gives more minutes from now (or from the end, if that is later); 0 takes the limit away.

    Raises WrongState for a conversation without a limit, or that is over.
    """
    locked = Conversation.objects.select_for_update(no_key=True).get(union=conversation.union_id, pk=conversation.pk)
    if locked.state == State.ENDED or not locked.free_minutes:
        raise WrongState(state=locked.state)
    if not minutes:
        locked.free_minutes, locked.free_until = 0, None
    else:
        locked.free_minutes += minutes
        if locked.free_until is not None:
            locked.free_until = max(locked.free_until, now) + timedelta(minutes=minutes)
    Conversation.objects.filter(union=locked.union_id, pk=locked.pk).update(
        free_minutes=locked.free_minutes, free_until=locked.free_until
    )
    return locked
