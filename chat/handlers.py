"""What happens when something was answered late."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from chat import tasks
from chat.events import ANSWERED_LATER, CONVERSATION_MISSED, CONVERSATION_OFFERED, MANAGER_CALLED
from core.outbox import handles


@handles(ANSWERED_LATER)
def mail_answer(*, conversation_id: int, after_seq: int, message_seq: int, **_: Any) -> None:
    """The mail itself is Celery's: a mail server that is away keeps no other event waiting."""
    transaction.on_commit(lambda: tasks.mail_late_answer.delay(conversation_id, after_seq, message_seq))


@handles(CONVERSATION_OFFERED)
def push_offer(*, conversation_id: int, user_id: int, **_: Any) -> None:
    """Wake the manager to whom it is offered."""
    transaction.on_commit(lambda: tasks.call_manager.delay(conversation_id, user_id, "offered"))


@handles(MANAGER_CALLED)
def push_message(*, conversation_id: int, user_id: int, **_: Any) -> None:
    """Wake the manager whose shopper wrote."""
    transaction.on_commit(lambda: tasks.call_manager.delay(conversation_id, user_id, "wrote"))


@handles(CONVERSATION_MISSED)
def push_missed(*, conversation_id: int, **_: Any) -> None:
    """Tell everybody of the store who can be woken that somebody left a message."""
    transaction.on_commit(lambda: tasks.tell_of_missed.delay(conversation_id))
