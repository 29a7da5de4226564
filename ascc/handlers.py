"""What after-sales service does when something was sold, delivered or cancelled.

Tasks are queued inside the handler's transaction, so that a broker that is away lets the event wait (orders.handlers).
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from ascc import tasks
from ascc.events import GIFT_CHANGED, TAKEN_AT_TILL, VOUCHER_MOVED, VOUCHERS_ISSUED
from ascc.models import ServiceVisit, VoucherStep
from ascc.queries.steps import MAILED
from ascc.services.appointing import note_time_lost
from ascc.services.conversing import TOLD, show_voucher
from ascc.services.forgetting import forget_owner
from ascc.services.telling import tell_of_time, tell_owner, tell_provider
from core.outbox import handles
from orders.events import ORDER_CHANGED, ORDER_MOVED, RESERVATION_CHANGED, RETURN_CHANGED
from orders.models import Order, ReservationChange
from unions.events import PERSON_ERASED

State = Order.State


@handles(ORDER_MOVED[State.PAID], ORDER_MOVED[State.DELIVERED])
def issue_vouchers_of_order(*, order_id: int, **_: Any) -> None:
    """The order has reached what a program may begin with."""
    tasks.issue.delay(order_id)


@handles(ORDER_MOVED[State.CANCELLED])
def take_back_vouchers(*, order_id: int, **_: Any) -> None:
    """Nothing is promised for what was not bought in the end."""
    tasks.take_back_of_cancelled.delay(order_id)


@handles(ORDER_CHANGED, RETURN_CHANGED)
def follow_changed_pieces(*, order_id: int, **_: Any) -> None:
    """Pieces that were called off or came back lose their vouchers, what comes in their place has its own."""
    tasks.take_back_of_pieces.delay(order_id)


@handles(VOUCHERS_ISSUED)
def mail_vouchers(*, order_id: int, first_id: int, **_: Any) -> None:
    """The buyer gets them by mail, on paper too."""
    tasks.mail_vouchers.delay(order_id, first_id)


@handles(VOUCHER_MOVED)
def mail_reminder(*, voucher_id: int, what: str, **_: Any) -> None:
    """The owner is told in time."""
    if what == VoucherStep.What.REMINDED:
        tasks.mail_reminder.delay(voucher_id)


@handles(VOUCHER_MOVED)
def mail_step(*, what: str, step_id: int, **_: Any) -> None:
    """The provider hears of what is handed over; the owner of the answer, of work that is reported, and of its end."""
    if what in MAILED:
        tasks.mail_step.delay(step_id)


@handles(TAKEN_AT_TILL)
def mail_taken_on(*, voucher_id: int, provider_id: int, **_: Any) -> None:
    """Nobody but whoever held the QR code up was asked: the owner hears of it, and how to take it back."""
    tasks.mail_taken_on.delay(voucher_id, provider_id)


@handles(VOUCHER_MOVED)
def mail_dispute(*, voucher_id: int, what: str, **_: Any) -> None:
    """The provider's people hear of a dispute about their work, and both sides of its end."""
    if what in (VoucherStep.What.DISPUTED, VoucherStep.What.DECIDED):
        tasks.mail_dispute.delay(voucher_id, what)


@handles(VOUCHER_MOVED)
def ask_share(*, voucher_id: int, what: str, **_: Any) -> None:
    """What the customer pays of the fee becomes a bill once the visit is done."""
    if what == VoucherStep.What.REDEEMED:
        tasks.ask_share.delay(voucher_id)


@handles(GIFT_CHANGED)
def mail_gift(*, gift_id: int, giver_id: int | None, **_: Any) -> None:
    """Both sides hear of an offer and its answer."""
    tasks.mail_gift.delay(gift_id, giver_id)


@handles(RESERVATION_CHANGED)
def follow_appointment(*, reservation_id: int, to_state: str, change_id: int, **_: Any) -> None:
    """A visit whose appointment was called off has no time any more; a wish to move it stands on both pages."""
    if to_state in ServiceVisit.TIME_OFF:
        change = ReservationChange.objects.get(pk=change_id)
        note_time_lost(reservation_id=reservation_id, side=change.side, user_id=change.actor_id, now=timezone.now())
    else:
        tell_of_time(reservation_id=reservation_id)


@handles(VOUCHER_MOVED)
def tell_provider_of_step(*, step_id: int, **_: Any) -> None:
    """The provider's people see new vouchers, and what became of those they hold, without reloading."""
    tell_provider(step_id=step_id)


@handles(VOUCHER_MOVED)
def tell_owner_of_step(*, step_id: int, **_: Any) -> None:
    """The owner's page of it moves by itself."""
    tell_owner(step_id=step_id)


@handles(VOUCHER_MOVED)
def show_step_in_conversation(*, voucher_id: int, what: str, **_: Any) -> None:
    """Steps that were made elsewhere stand in the conversation in which it was handed over."""
    if what in TOLD:
        show_voucher(voucher_id=voucher_id, now=timezone.now())


@handles(PERSON_ERASED)
def forget_person(*, user_id: int, **_: Any) -> None:
    """Somebody is nobody any more."""
    forget_owner(user_id=user_id)
