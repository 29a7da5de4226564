"""What happens when something was answered late."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from chat import tasks
from chat.events import ANSWERED_LATER
from core.outbox import handles


@handles(ANSWERED_LATER)
def mail_answer(*, conversation_id: int, after_seq: int, message_seq: int, **_: Any) -> None:
    """The mail itself is Celery's: a mail server that is away keeps no other event waiting."""
    transaction.on_commit(lambda: tasks.mail_late_answer.delay(conversation_id, after_seq, message_seq))
