"""Telling open windows and consoles how a conversation stands now."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from chat.models import Conversation
from chat.services.frames import topic_of
from core.live import announce, person_topic
from stores.models import Store


def console_topic(*, union_id: int, store_id: int | None) -> str:
    """Where the consoles of a store listen, or those of a union's support."""
    return f"talks.{store_id}" if store_id is not None else f"support.{union_id}"


def conversation_frame(*, conversation: Conversation) -> dict[str, Any]:
    """`conversation`: where it stands, without its messages. Both sides get the same."""
    return {
        "type": "conversation",
        "conversation": conversation.ref,
        "state": conversation.state,
        "store": _store(conversation.store),
        "support": conversation.with_support,
        "beside": _store(conversation.beside),
        "department": conversation.department,
        "shopper": {"name": conversation.shopper_name, "member": conversation.customer_id is not None},
        "manager": conversation.manager_id,
        "offered_to": conversation.offered_to_id,
        "offered_at": _time(conversation.offered_at),
        "last_seq": conversation.last_seq,
        "last_text": conversation.last_text,
        "waiting_since": _time(conversation.waiting_since),
        "answered": conversation.answered_at is not None,
        "rating": conversation.rating,
        "free_until": _time(conversation.free_until),
        "free_minutes": conversation.free_minutes,
        "free_over": conversation.free_is_over,
        "origin": conversation.origin,
        "has_email": bool(conversation.shopper_email),
        "page": conversation.page,
        "language": conversation.language,
    }


def frame_beside(*, conversation: Conversation) -> dict[str, Any]:
    """The same for a store that was only asked in: not where the shopper was, nor what they think of the other."""
    hidden = {"page": "", "rating": None, "has_email": False}
    return {**conversation_frame(conversation=conversation), **hidden}


def show_conversation(*, conversation: Conversation) -> None:
    """Send how it stands to the shopper's windows and to the consoles, once committed."""
    frame = conversation_frame(conversation=conversation)
    topics = [console_topic(union_id=conversation.union_id, store_id=conversation.store_id)]
    if conversation.with_support and conversation.store_id is not None:
        topics.append(console_topic(union_id=conversation.union_id, store_id=None))
    if conversation.customer_id is not None or conversation.visitor:
        topics.append(shopper_topic(conversation=conversation))
    frames = dict.fromkeys(topics, frame)
    if conversation.beside_id is not None:
        asked_in = console_topic(union_id=conversation.union_id, store_id=conversation.beside_id)
        frames[asked_in] = frame_beside(conversation=conversation)
    transaction.on_commit(lambda: announce(frames), robust=True)


def show_card(*, conversation: Conversation, kind: str, card: dict[str, Any]) -> None:
    """Windows and consoles that show this thing draw it again, once committed."""
    frame = {"type": "card", "conversation": conversation.ref, "kind": kind, "card": card}
    transaction.on_commit(lambda: announce({topic_of(conversation_id=conversation.pk): frame}), robust=True)


def shopper_topic(*, conversation: Conversation) -> str:
    """Where the shopper's own sockets listen: the person's, else the browser's."""
    if conversation.customer_id is not None:
        return person_topic(conversation.customer_id)
    return f"visitor.{conversation.visitor}"


def _store(store: Store | None) -> dict[str, str] | None:
    return {"slug": store.slug, "name": store.name} if store is not None else None


def _time(moment: Any) -> str | None:
    return moment.isoformat() if moment is not None else None
