"""What happens when a payment was decided, and what is told to people when an order moves.

Tasks are queued inside the handler's transaction, not after it: a broker that is away fails the handler, and the event
waits. After the commit the event would count as handled and its mail be lost.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from core.live import announce
from core.outbox import handles
from orders import tasks
from orders.events import (
    BILL_ASKED,
    ORDER_MOVED,
    PROPOSAL_CHANGED,
    PURCHASE_PAID,
    RESERVATION_CHANGED,
    RESERVATION_DUE,
)
from orders.models import Bill, Order, OrderChange, PriceProposal, ProposalStep, Reservation, ReservationChange
from orders.queries.manage import waiting_orders
from orders.services.purchase import mark_paid, payment_failed
from payments.events import REQUEST_AUTHORIZED, REQUEST_FAILED, SPLIT_CAPTURED
from payments.models import PaymentRequest

State = Order.State
TOLD_BY_MAIL = [
    ORDER_MOVED[state]
    for state in (State.ACCEPTED, State.PACKED, State.SHIPPED, State.DELIVERED, State.COMPLETED, State.CANCELLED)
]


@handles(REQUEST_AUTHORIZED)
def pay_purchase(*, request_id: int, reference: str, **_: Any) -> None:
    """The provider has approved, at once or late."""
    request = PaymentRequest.objects.select_related("union").get(pk=request_id)
    mark_paid(union=request.union, reference=reference, now=timezone.now())


@handles(REQUEST_FAILED)
def cancel_unpaid_purchase(*, request_id: int, reference: str, **_: Any) -> None:
    """The provider declined, or nobody answered in time."""
    request = PaymentRequest.objects.select_related("union").get(pk=request_id)
    payment_failed(union=request.union, reference=reference, now=timezone.now())


@handles(PURCHASE_PAID)
def mail_confirmation(*, purchase_id: int, **_: Any) -> None:
    tasks.mail_purchase.delay(purchase_id)


@handles(*TOLD_BY_MAIL)
def mail_step(*, order_id: int, **_: Any) -> None:
    """Mail the state the order has now: an event that was handled late does not tell of the past.

    An order that ended before it was paid is not mailed: its page has said so, and no money is to go back.
    """
    state = Order.objects.values_list("state", flat=True).get(pk=order_id)
    if state == State.CANCELLED and not OrderChange.objects.filter(order=order_id, to_state=State.PAID).exists():
        return
    tasks.mail_order.delay(order_id, state)


@handles(ORDER_MOVED[State.PAID])
def mail_new_order(*, order_id: int, **_: Any) -> None:
    """The store hears of it also while nobody has its pages open."""
    tasks.mail_store.delay(order_id)


@handles(*ORDER_MOVED.values())
def tell_console(*, order_id: int, **_: Any) -> None:
    """Managers who have the store's pages open see the order move, and so does who follows the purchase."""
    order = Order.objects.get(pk=order_id)
    frame: dict[str, Any] = {"type": "order.changed", "number": order.number, "state": order.state}

    def tell() -> None:
        # Counted just before it is told: of two orders that move at once, the later number is the true one.
        frame["waiting"] = waiting_orders(order.store_id)
        announce({f"store.{order.store_id}": frame, f"purchase.{order.purchase_id}": {"type": "purchase.changed"}})

    transaction.on_commit(tell, robust=True)


@handles(BILL_ASKED)
def mail_bill(*, bill_id: int, **_: Any) -> None:
    tasks.mail_bill.delay(bill_id)


@handles(REQUEST_AUTHORIZED)
def collect_bill(*, request_id: int, **_: Any) -> None:
    """The bank has approved a bill, at once or late: its money is collected right away."""
    bill = Bill.objects.filter(payment=request_id).first()
    if bill is not None:
        tasks.collect_bill.delay(bill.pk)


@handles(SPLIT_CAPTURED)
def tell_of_paid_bill(*, split_id: int, **_: Any) -> None:
    """The customer and the store hear that it is paid."""
    bill = Bill.objects.filter(payment__splits=split_id).first()
    if bill is None:
        return
    frame = {"type": "bill.changed", "number": bill.number, "state": "paid"}
    tasks.mail_bill.delay(bill.pk)
    transaction.on_commit(lambda: announce({f"store.{bill.store_id}": frame}), robust=True)


@handles(RESERVATION_CHANGED)
def mail_reservation(*, reservation_id: int, change_id: int, **_: Any) -> None:
    """Both sides hear of a step; one that was followed by another meanwhile is told by that one's mail."""
    if ReservationChange.objects.filter(reservation=reservation_id, pk__gt=change_id).exists():
        return
    tasks.mail_reservation.delay(reservation_id, change_id)


@handles(RESERVATION_CHANGED)
def tell_console_of_reservation(*, reservation_id: int, **_: Any) -> None:
    """Managers who have the store's pages open see it at once."""
    reservation = Reservation.objects.get(pk=reservation_id)
    frame = {"type": "reservation.changed", "number": reservation.number, "state": reservation.state}
    transaction.on_commit(lambda: announce({f"store.{reservation.store_id}": frame}), robust=True)


@handles(RESERVATION_DUE)
def mail_reminder(*, reservation_id: int, reminder: str, **_: Any) -> None:
    """Only for what still stands."""
    if Reservation.objects.filter(pk=reservation_id, state=Reservation.State.CONFIRMED).exists():
        tasks.mail_reminder.delay(reservation_id, reminder)


@handles(PROPOSAL_CHANGED)
def mail_proposal(*, proposal_id: int, step_id: int, **_: Any) -> None:
    """Outside of a conversation the other side hears by mail; a step that was followed by another is told by that."""
    if PriceProposal.objects.filter(pk=proposal_id).exclude(conversation="").exists():
        return
    if not ProposalStep.objects.filter(proposal=proposal_id, pk__gt=step_id).exists():
        tasks.mail_proposal.delay(proposal_id, step_id)


@handles(PROPOSAL_CHANGED)
def tell_console_of_proposal(*, proposal_id: int, **_: Any) -> None:
    """Managers who have the store's pages open see it at once."""
    proposal = PriceProposal.objects.get(pk=proposal_id)
    frame = {"type": "proposal.changed", "number": proposal.number, "state": proposal.state}
    transaction.on_commit(lambda: announce({f"store.{proposal.store_id}": frame}), robust=True)
