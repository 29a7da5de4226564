"""What happens when something was answered late or agreed elsewhere; what is sent to people and taken in by workers.

Tasks are queued inside the handler's transaction, so that a broker that is away lets the event wait (orders.handlers).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from chat import tasks
from chat.events import (
    ANSWERED_LATER,
    CODE_TO_MAIL,
    CONVERSATION_MISSED,
    CONVERSATION_OFFERED,
    DUES_MOVED,
    LIST_TO_IMPORT,
    MANAGER_CALLED,
    MEMBERSHIP_MOVED,
    STORE_ASKED,
)
from chat.models import Dues
from chat.services.agreeing import show_draft, show_proposal, show_reservation
from chat.services.forgetting import forget_talker
from chat.services.invitations import forget_invited
from chat.services.responses import show_response
from core.outbox import handles
from orders.events import (
    DRAFT_CHANGED,
    ORDER_MOVED,
    PROPOSAL_CHANGED,
    RESERVATION_CHANGED,
    RESPONSE_CHANGED,
    RUN_STEPS_OVERDUE,
)
from orders.models import OrderDraft
from payments.events import REQUEST_AUTHORIZED, REQUEST_FAILED
from stores.events import STOCK_LOW
from unions.events import CONSENT_WITHDRAWN, PERSON_ERASED

CUSTOMER_SPEAKS = ("ask", "write", "reopen")


@handles(ANSWERED_LATER)
def mail_answer(*, conversation_id: int, after_seq: int, message_seq: int, **_: Any) -> None:
    """The mail itself is Celery's: a mail server that is away keeps no other event waiting."""
    tasks.mail_late_answer.delay(conversation_id, after_seq, message_seq)


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


@handles(RESPONSE_CHANGED)
def tell_response(*, response_id: int, step: str, **_: Any) -> None:
    """Its card in a conversation shows each step; who is away from the console is woken when a customer speaks."""
    show_response(response_id=response_id)
    if step in CUSTOMER_SPEAKS:
        tasks.call_for_response.delay(response_id)


@handles(*ORDER_MOVED.values())
def tell_order(*, order_id: int, **_: Any) -> None:
    """The card of an order that was made in a conversation shows each of its steps."""
    drafts = OrderDraft.objects.filter(purchase__orders=order_id).values_list("pk", flat=True)
    for draft_id in drafts:
        show_draft(draft_id=draft_id, now=timezone.now())


@handles(CONVERSATION_OFFERED)
def push_offer(*, conversation_id: int, user_id: int, **_: Any) -> None:
    """Wake the manager to whom it is offered."""
    tasks.call_manager.delay(conversation_id, user_id, "offered")


@handles(MANAGER_CALLED)
def push_message(*, conversation_id: int, user_id: int, **_: Any) -> None:
    """Wake the manager whose shopper wrote."""
    tasks.call_manager.delay(conversation_id, user_id, "wrote")


@handles(CONVERSATION_MISSED)
def push_missed(*, conversation_id: int, **_: Any) -> None:
    """Tell everybody of the store who can be woken that somebody left a message."""
    tasks.tell_of_missed.delay(conversation_id)


@handles(STORE_ASKED)
def push_asked(*, conversation_id: int, **_: Any) -> None:
    """Tell everybody of the store who can be woken that they are asked in."""
    tasks.tell_of_asked.delay(conversation_id)


@handles(CODE_TO_MAIL)
def mail_code(*, code_id: int, **_: Any) -> None:
    """Somebody gets their code."""
    tasks.mail_code.delay(code_id)


@handles(DUES_MOVED)
def mail_dues(*, dues_id: int, state: str, **_: Any) -> None:
    """A receipt, or what became of a charge."""
    tasks.mail_dues.delay(dues_id, state)


@handles(MEMBERSHIP_MOVED)
def mail_membership(*, buyer_id: int, state: str, **_: Any) -> None:
    """Cancelled, or over."""
    tasks.mail_membership.delay(buyer_id, state)


@handles(LIST_TO_IMPORT)
def import_list(*, import_id: int, **_: Any) -> None:
    """A file of pre-qualified shoppers waits."""
    tasks.import_list.delay(import_id)


@handles(CONSENT_WITHDRAWN)
def forget_visitor(*, visitor: str, at: str, **_: Any) -> None:
    """Who was invited by a rule and what they had looked at is erased like the browsing record itself."""
    forget_invited(visitor=visitor, before=datetime.fromisoformat(at))


@handles(REQUEST_AUTHORIZED, REQUEST_FAILED)
def collect_dues(*, reference: str, **_: Any) -> None:
    """The bank has said something about dues, at once or late."""
    if reference.startswith(Dues.REFERENCE):
        number = reference.removeprefix(Dues.REFERENCE).partition("/")[0]
        for key in Dues.objects.filter(number=number).values_list("pk", flat=True):
            tasks.collect.delay(key)


@handles(STOCK_LOW)
def push_low_stock(*, store_id: int, notice_ids: list[int], **_: Any) -> None:
    """Tell those who look after the stock, also with the page closed."""
    tasks.tell_of_low_stock.delay(store_id, len(notice_ids))


@handles(RUN_STEPS_OVERDUE)
def push_overdue_steps(*, store_id: int, run_step_ids: list[int], **_: Any) -> None:
    """Tell those at whom orders lie, also with the page closed."""
    tasks.tell_of_overdue_steps.delay(store_id, run_step_ids)


@handles(PERSON_ERASED)
def forget_person(*, user_id: int, **_: Any) -> None:
    """Somebody is nobody any more."""
    forget_talker(user_id=user_id)
