"""A store's answer to a shopper who has gone: after a minute without them it goes out by mail, once per burst."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max, Min, OuterRef, Q, Subquery

from chat import events
from chat.models import Conversation, Message, Participant
from core.live import redis_connection
from core.outbox import publish

ATTENDING = "chat:attending"
"""Sorted set in Redis: conversations with a shopper's window connected, scored by when that was last so."""
ATTENDED_EVERY = 20.0
ATTENDS_FOR = 45.0
WAITS = timedelta(minutes=1)
BURST = timedelta(minutes=15)
LOOKED_BACK = timedelta(days=2)
MOST_AT_ONCE = 200
SILENT_VOICES = [Participant.Role.SHOPPER, Participant.Role.SYSTEM]


def attended(*, conversations: Iterable[int], now: datetime) -> set[int]:
    """Those among the conversations whose shopper has a page open at this moment."""
    keys = list(conversations)
    if not keys:
        return set()
    seen = redis_connection().zmscore(ATTENDING, [str(key) for key in keys])
    oldest = now.timestamp() - ATTENDS_FOR
    return {key for key, score in zip(keys, seen, strict=True) if score is not None and score > oldest}


def publish_late_answers(*, now: datetime) -> int:
    """Find what was answered and not read, and have it mailed. Returns how many conversations."""
    read_up_to = Participant.objects.filter(conversation=OuterRef("pk"), role=Participant.Role.SHOPPER)
    found = list(
        Conversation.objects.filter(store_wrote_at__gt=now - LOOKED_BACK)
        .exclude(shopper_email="")
        .annotate(seen=Subquery(read_up_to.values("seen_seq")[:1]))
        .filter(last_seq__gt=F("seen"))
        .filter(Q(mailed_seq__lte=F("seen")) | Q(mailed_at=None) | Q(mailed_at__lt=now - BURST))
        .order_by("store_wrote_at")[:MOST_AT_ONCE]
    )
    absent = {conversation.pk for conversation in found} - attended(conversations=[each.pk for each in found], now=now)
    published = 0
    for conversation in found:
        if conversation.pk in absent and _publish(conversation, seen=conversation.seen, now=now):
            published += 1
    return published


@transaction.atomic
def _publish(conversation: Conversation, *, seen: int, now: datetime) -> bool:
    unread = (
        Message.objects.filter(
            union=conversation.union_id, conversation=conversation, seq__gt=max(seen, conversation.mailed_seq)
        )
        .exclude(sender__role__in=SILENT_VOICES)
        .aggregate(first=Min("at"), last=Max("seq"))
    )
    if unread["first"] is None or unread["first"] > now - WAITS:
        return False
    taken = Conversation.objects.filter(
        union=conversation.union_id, pk=conversation.pk, mailed_seq=conversation.mailed_seq
    ).update(mailed_seq=unread["last"], mailed_at=now)
    if not taken:
        return False
    publish(
        events.ANSWERED_LATER,
        aggregate=f"conversation:{conversation.pk}",
        conversation_id=conversation.pk,
        after_seq=max(seen, conversation.mailed_seq),
        message_seq=unread["last"],
    )
    return True
