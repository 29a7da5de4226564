"""Telling those who wait where they stand now."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from chat.models import Conversation
from chat.queries.waiting import queue_frames
from chat.services.showing import shopper_topic
from core.live import announce
from stores.models import Store
from unions.models import Union


def show_queue(*, union: Union, store: Store | None, now: datetime) -> None:
    """Once this transaction is committed, everybody at the head of the queue hears their place."""

    def tell() -> None:
        # A shopper with two tabs has one topic; the frames say which conversation they are of.
        for conversation, frame in queue_frames(union, store, now=now):
            announce({shopper_topic(conversation=conversation): frame})

    transaction.on_commit(tell, robust=True)


def show_queue_of(*, conversation: Conversation, now: datetime) -> None:
    """The queue in which this conversation stands or stood."""
    show_queue(union=conversation.union, store=conversation.store, now=now)
