"""Where somebody stands in a store's queue, and about how long that takes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chat.models import Conversation
from chat.queries.presence import presence_of
from stores.models import Store
from unions.models import Union

MOST_TOLD = 50
"""So many at the head of a queue hear of every step; who stands further back hears when they have come this far."""


def queue_frames(union: Union, store: Store | None, *, now: datetime) -> list[tuple[Conversation, dict[str, Any]]]:
    """The head of the queue, each with its `queue` frame. One statement when nobody waits, else six."""
    waiting = list(
        Conversation.objects.filter(union=union, store=store, state=Conversation.State.WAITING).order_by(
            "answered_at", "-priority", "waiting_since", "pk"
        )[:MOST_TOLD]
    )
    if not waiting:
        return []
    presence = presence_of(union, [store], now=now)[store.pk if store else None]
    # What presence says is for somebody who comes now, behind all of these.
    each = presence.wait.total_seconds() / (1 + len(waiting))
    return [
        (
            conversation,
            {
                "type": "queue",
                "conversation": conversation.ref,
                "place": place,
                "wait": round(each * place),
                "here": presence.state == "here",
            },
        )
        for place, conversation in enumerate(waiting, 1)
    ]
