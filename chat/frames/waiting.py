"""Where the shopper stands in the queues, with the state to start from."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from chat.frames import SHOPPER, greeting
from chat.frames.sessions import ShopperSession
from chat.models import Conversation
from chat.queries.shoppers import open_conversations
from chat.queries.waiting import queue_frames


@greeting(of=SHOPPER)
def places(session: ShopperSession) -> dict[str, Any]:
    """`queue`: one frame for each conversation of theirs that waits."""
    if not (session.shopper.visitor or session.shopper.user):
        return {}
    waiting = list(open_conversations(session.shopper).filter(state=Conversation.State.WAITING))
    own = {conversation.ref for conversation in waiting}
    found = [
        frame
        for store in {conversation.store for conversation in waiting}
        for conversation, frame in queue_frames(session.union, store, now=timezone.now())
        if conversation.ref in own
    ]
    return {"queue": found} if found else {}
