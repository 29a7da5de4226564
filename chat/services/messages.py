"""Messages written by services: notices and cards. What people type goes through the relay instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import transaction

from chat.errors import ConversationEnded
from chat.models import Conversation, Message, Participant
from chat.services.frames import message_text, topic_of
from chat.services.message_sql import WRITE_MESSAGES
from core.live import announce_all
from core.references import new_secret
from core.statements import prepared_cursor


@dataclass(frozen=True)
class Posting:
    """One message to be written. The same `client_id` of the same sender is written once."""

    sender: Participant
    kind: str = Message.Kind.TEXT
    text: str = ""
    card: dict[str, Any] | None = None
    client_id: str = ""


@transaction.atomic
def post(*, conversation: Conversation, postings: Sequence[Posting], now: datetime) -> list[int]:
    """Write messages into one conversation and send them to everybody connected once committed.

    Returns their numbers. Raises ConversationEnded.
    """
    # Our own lock first: the statement leaves locked conversations out, and here nothing may be left out.
    state = (
        Conversation.objects.select_for_update(no_key=True)
        .filter(union=conversation.union_id, pk=conversation.pk)
        .values_list("state", flat=True)
        .get()
    )
    if state == Conversation.State.ENDED:
        raise ConversationEnded
    postings = [
        Posting(posting.sender, posting.kind, posting.text, posting.card, posting.client_id or new_secret(12))
        for posting in postings
    ]
    rows = [
        {
            "c": conversation.pk,
            "p": posting.sender.pk,
            "i": posting.client_id,
            "k": str(posting.kind),
            "t": posting.text,
            "b": posting.card,
            "s": _side(posting.sender),
        }
        for posting in postings
    ]
    with prepared_cursor() as cursor:
        cursor.execute(WRITE_MESSAGES, {"messages": orjson.dumps(rows).decode(), "now": now})
        written = cursor.fetchall()
    entries = [
        (
            topic_of(conversation_id=conversation.pk),
            message_text(
                ref=conversation.ref,
                seq=seq,
                client_id=posting.client_id,
                by=posting.sender.pk,
                role=posting.sender.role,
                name=posting.sender.name,
                kind=str(posting.kind),
                text=posting.text,
                card=posting.card,
                at=at.astimezone(UTC),
            ),
            seq,
        )
        for posting, (_n, seq, at, _state, is_fresh) in zip(postings, written, strict=True)
        if is_fresh
    ]
    if entries:
        transaction.on_commit(lambda: announce_all(entries), robust=True)
    return [seq for _n, seq, *_rest in written]


def _side(sender: Participant) -> bool | None:
    """Whether the shopper wrote it, or somebody who answers; a notice of the platform is nobody's word."""
    return None if sender.role == Participant.Role.SYSTEM else sender.role == Participant.Role.SHOPPER


def notice(*, conversation: Conversation, text: str, now: datetime, card: dict[str, Any] | None = None) -> int:
    """A line by the platform itself (`kind` system). `card` names what happened, so that it is told in each language.

    Returns its number. Raises ConversationEnded.
    """
    system, _made = Participant.objects.get_or_create(
        union_id=conversation.union_id,
        conversation=conversation,
        role=Participant.Role.SYSTEM,
        defaults={"joined_at": now},
    )
    return post(
        conversation=conversation,
        postings=[Posting(sender=system, kind=Message.Kind.SYSTEM, text=text, card=card)],
        now=now,
    )[0]
