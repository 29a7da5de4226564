"""What Celery does for the redirect."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from chat.models import AccessCode, Campaign, Conversation, Dues, PreferredBuyer
from chat.services.blocking import forget_networks
from chat.services.calling import answering_users, asked_users, call, call_about_steps, call_about_stock
from chat.services.dues import collect_dues, renew_memberships
from chat.services.forgetting import forget_talkers_long_gone
from chat.services.late_answers import publish_late_answers
from chat.services.list_imports import forget_old_files, run_list_import, stalled_imports
from chat.services.lists import fill_by_rule
from chat.services.mail import send_late_answer, send_transcript
from chat.services.mails_of_members import send_code_mail, send_dues_mail, send_membership_mail
from chat.services.responses import call_for
from chat.services.rooms import end_holds
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
        now = timezone.now()
        return tend_conversations(now=now) | {"room holds": end_holds(now=now)}


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


@shared_task
def call_for_response(response_id: int) -> int:
    """A customer has turned to a store at whose consoles nobody sits. Returns on how many devices it is told."""
    with scopes_disabled():
        return call_for(response_id=response_id, now=timezone.now())


@shared_task
def tell_of_asked(conversation_id: int) -> int:
    """Tell those who answer for the store that was asked in. Returns on how many devices."""
    with scopes_disabled():
        users = asked_users(conversation=_conversation(conversation_id))
        return call(conversation_id=conversation_id, users=users, why="asked", now=timezone.now())


@shared_task
def tell_of_low_stock(store_id: int, count: int) -> int:
    """Tell those who look after a store's stock that something ran low. Returns on how many devices."""
    with scopes_disabled():
        return call_about_stock(store_id=store_id, count=count, now=timezone.now())


@shared_task
def tell_of_overdue_steps(store_id: int, run_step_ids: list[int]) -> int:
    """Tell those at whom orders of a store lie too long. Returns on how many devices."""
    with scopes_disabled():
        return call_about_steps(store_id=store_id, step_ids=run_step_ids, now=timezone.now())


@shared_task
def renew() -> dict[str, int]:
    """Every minute: dues that are due."""
    with scopes_disabled():
        return renew_memberships(now=timezone.now())


@shared_task
def collect(dues_id: int) -> bool:
    """One period, as soon as the bank has said something."""
    with scopes_disabled():
        return collect_dues(dues_id=dues_id, now=timezone.now())


@shared_task(**RETRIED)
def mail_code(code_id: int) -> None:
    """A code to the person it was made for."""
    with scopes_disabled():
        send_code_mail(code=AccessCode.objects.select_related("campaign__store", "campaign__union").get(pk=code_id))


@shared_task(**RETRIED)
def mail_dues(dues_id: int, state: str) -> None:
    """A receipt, or that a charge failed."""
    with scopes_disabled():
        dues = Dues.objects.select_related("buyer__plan__store", "buyer__customer", "union").get(pk=dues_id)
        send_dues_mail(dues=dues, state=state)


@shared_task(**RETRIED)
def mail_membership(buyer_id: int, state: str) -> None:
    """That a membership was cancelled, or has ended."""
    with scopes_disabled():
        buyer = PreferredBuyer.objects.select_related("plan__store", "customer", "union").get(pk=buyer_id)
        send_membership_mail(buyer=buyer, state=state)


@shared_task
def import_list(import_id: int) -> None:
    """A file of pre-qualified shoppers."""
    with scopes_disabled():
        run_list_import(import_id=import_id, now=timezone.now())


@shared_task
def take_up_imports() -> int:
    """Every few minutes: files whose worker died; and those that are no longer needed go."""
    with scopes_disabled():
        now = timezone.now()
        forget_old_files(before=now - timedelta(days=14))
        stalled = stalled_imports(now=now)
        for key in stalled:
            import_list.delay(key)
        return len(stalled)


@shared_task
def forget_where_people_came_from() -> int:
    """Every night: network addresses that no block can hold any more."""
    with scopes_disabled():
        return forget_networks(now=timezone.now())


@shared_task
def fill_lists() -> int:
    """Every night: lists that have a rule."""
    with scopes_disabled():
        now = timezone.now()
        ruled = Campaign.objects.exclude(rule={}).filter(ended_at=None).select_related("union")
        return sum(fill_by_rule(campaign=campaign, now=now) for campaign in ruled)


def _conversation(conversation_id: int) -> Conversation:
    with scopes_disabled():
        return Conversation.objects.select_related("union", "store").get(pk=conversation_id)


@shared_task
def forget_talkers() -> int:
    """Every night: conversations of guests of long ago."""
    with scopes_disabled():
        return forget_talkers_long_gone(now=timezone.now())
