"""What happens when something was answered late, and when something was agreed elsewhere."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from chat import tasks
from chat.events import ANSWERED_LATER, CONVERSATION_MISSED, CONVERSATION_OFFERED, MANAGER_CALLED
from chat.services.agreeing import show_draft, show_proposal, show_reservation
from core.outbox import handles
from orders.events import DRAFT_CHANGED, ORDER_MOVED, PROPOSAL_CHANGED, RESERVATION_CHANGED
from orders.models import OrderDraft


@handles(ANSWERED_LATER)
def mail_answer(*, conversation_id: int, after_seq: int, message_seq: int, **_: Any) -> None:
    """The mail itself is Celery's: a mail server that is away keeps no other event waiting."""
    transaction.on_commit(lambda: tasks.mail_late_answer.delay(conversation_id, after_seq, message_seq))


@handles(PROPOSAL_CHANGED)
def tell_proposal(*, proposal_id: int, **_: Any) -> None:
    """A price that was named or answered outside of the conversation stands in it too."""
    show_proposal(proposal_id=proposal_id, now=timezone.now())


@handles(RESERVATION_CHANGED)
def tell_reservation(*, reservation_id: int, **_: Any) -> None:
    """The same of a time."""
    show_reservation(reservation_id=reservation_id, now=timezone.now())


@handles(DRAFT_CHANGED)
def tell_draft(*, draft_id: int, **_: Any) -> None:
    """A composed order, and what became of it."""
    show_draft(draft_id=draft_id, now=timezone.now())


@handles(*ORDER_MOVED.values())
def tell_order(*, order_id: int, **_: Any) -> None:
    """The card of an order that was made in a conversation shows each of its steps."""
    drafts = OrderDraft.objects.filter(purchase__orders=order_id).values_list("pk", flat=True)
    for draft_id in drafts:
        show_draft(draft_id=draft_id, now=timezone.now())


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
