"""What staff tell each other beside a conversation."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from chat.models import Conversation, Note
from chat.services.showing import console_topic
from core.live import announce


@transaction.atomic
def write_note(*, conversation: Conversation, author: User, text: str, now: datetime) -> Note:
    """Keep a note and show it at the store's consoles; the shopper never hears of it."""
    note = Note.objects.create(
        union_id=conversation.union_id, conversation=conversation, author=author, text=text, at=now
    )
    frame = {
        "type": "note",
        "conversation": conversation.ref,
        "name": author.name or author.email,
        "text": text,
        "at": now,
    }
    topics = {console_topic(union_id=conversation.union_id, store_id=conversation.store_id)}
    if conversation.with_support:
        topics.add(console_topic(union_id=conversation.union_id, store_id=None))
    transaction.on_commit(lambda: announce(dict.fromkeys(topics, frame)), robust=True)
    return note
