"""What Celery does for the redirect."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from chat.models import Conversation
from chat.services.calling import answering_users, call
from chat.services.late_answers import publish_late_answers
from chat.services.mail import send_late_answer, send_transcript
from chat.services.tending import tend_conversations

RETRIED: dict[str, Any] = {
    "autoretry_for": (OSError,),
    "retry_backoff": 30,
    "retry_backoff_max": 3600,
    "max_retries": 20,
}


@shared_task
def tend() -> dict[str, int]:
    """Every few seconds: see chat.services.tending."""
    with scopes_disabled():
        return tend_conversations(now=timezone.now())


@shared_task
def mail_late_answers() -> int:
    """Several times a minute: see chat.services.late_answers."""
    with scopes_disabled():
        return publish_late_answers(now=timezone.now())


@shared_task(**RETRIED)
def mail_late_answer(conversation_id: int, after_seq: int, up_to_seq: int) -> None:
    """One answer to one shopper who had gone."""
    conversation = _conversation(conversation_id)
    with scope(union=conversation.union):
        send_late_answer(conversation=conversation, after_seq=after_seq, up_to_seq=up_to_seq)


@shared_task(**RETRIED)
def mail_transcript(conversation_id: int, to: str) -> None:
    """What was said, to the shopper who asked for it."""
    conversation = _conversation(conversation_id)
    with scope(union=conversation.union):
        send_transcript(conversation=conversation, to=to)


@shared_task
def call_manager(conversation_id: int, user_id: int, why: str) -> int:
    """Call one manager on all their devices, unless they sit at a console. Returns on how many."""
    with scopes_disabled():
        return call(conversation_id=conversation_id, users=[user_id], why=why, now=timezone.now())


@shared_task
def tell_of_missed(conversation_id: int) -> int:
    """Tell those who answer for its store that somebody left a message. Returns on how many devices."""
    with scopes_disabled():
        users = answering_users(conversation=_conversation(conversation_id))
        return call(conversation_id=conversation_id, users=users, why="missed", now=timezone.now())


def _conversation(conversation_id: int) -> Conversation:
    with scopes_disabled():
        return Conversation.objects.select_related("union", "store").get(pk=conversation_id)
