"""What was said in a conversation, for a page or a mail."""

from __future__ import annotations

from chat.models import Conversation, Message

MOST_SHOWN = 500


def transcript_of(conversation: Conversation) -> list[Message]:
    """The last messages in their order, each with its sender. One query."""
    newest = (
        Message.objects.filter(union=conversation.union_id, conversation=conversation)
        .select_related("sender")
        .order_by("-seq")[:MOST_SHOWN]
    )
    return list(reversed(newest))
