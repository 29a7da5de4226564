"""What happens when a payment was decided, and what is told to people when an order moves.

Tasks are queued inside the handler's transaction, not after it: a broker that is away fails the handler, and the event
waits. After the commit the event would count as handled and its mail be lost.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.live import announce
from core.outbox import handles
from orders import tasks
from orders.events import (
    BILL_ASKED,
    ORDER_CHANGED,
    ORDER_MOVED,
    PROPOSAL_CHANGED,
    PURCHASE_PAID,
    RESERVATION_CHANGED,
    RESERVATION_DUE,
    RESPONSE_CHANGED,
    RETURN_CHANGED,
    RUN_STEP_CLOSED,
    RUN_STEPS_OVERDUE,
    SHIPMENT_MOVED,
    SUBSTITUTION_CHANGED,
)
from orders.models import (
    Bill,
    CustomerResponse,
    Order,
    OrderChange,
    PriceProposal,
    ProposalStep,
    Reservation,
    ReservationChange,
    ResponseEntry,
    Return,
    ReturnStep,
    RunStep,
    Shipment,
)
from orders.queries.manage import waiting_orders
from orders.queries.responses import waiting_responses
from orders.services.figures import touch_exchanged, touch_orders
from orders.services.forgetting import forget_buyer
from orders.services.paths import count_again, forget_paths, keep_path
from orders.services.purchase import mark_paid, payment_failed
from orders.services.responses import take_in_review
from orders.services.runs.doing import finish_paid_deposit
from orders.services.runs.following import follow_orders
from orders.services.runs.starting import start_runs
from payments.events import REFUND_DONE, REQUEST_AUTHORIZED, REQUEST_FAILED, SPLIT_CAPTURED
from payments.models import PaymentRequest
from stores.events import REVIEW_WRITTEN
from stores.models import Review
from unions.events import CONSENT_WITHDRAWN, PERSON_ERASED, VISITOR_BOUGHT

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


@handles(PURCHASE_PAID)
def begin_procedures(*, purchase_id: int, **_: Any) -> None:
    """After the payment and not within it, so that buying stays as quick as it was."""
    start_runs(purchase_id=purchase_id, now=timezone.now())


@handles(*ORDER_MOVED.values())
def follow_order(*, order_id: int, **_: Any) -> None:
    """Whoever moved the order by whatever way: its steps go with it."""
    order = Order.objects.select_related("union").get(pk=order_id)
    follow_orders(union=order.union, order_ids=[order.pk], now=timezone.now())


@handles(RUN_STEP_CLOSED)
def tell_of_step(*, run_step_id: int, **_: Any) -> None:
    """Who has the order's page open sees it, and the shopper is written to where the step says so.

    A step that moves the order is told by the order's own mail.
    """
    step = RunStep.objects.select_related("step", "run__order").get(pk=run_step_id)
    order = step.run.order
    if step.state == RunStep.State.DONE and step.step.tells and not step.step.moves:
        tasks.mail_run_step.delay(step.pk)
    frames = {
        f"store.{order.store_id}": {"type": "work.changed", "number": order.number},
        f"purchase.{order.purchase_id}": {"type": "purchase.changed"},
    }
    transaction.on_commit(lambda: announce(frames), robust=True)


@handles(RUN_STEPS_OVERDUE)
def tell_of_overdue_steps(*, store_id: int, run_step_ids: list[int], **_: Any) -> None:
    """In one mail to each who has them, or to the store for those that nobody has; and on the store's open pages."""
    tasks.mail_overdue_steps.delay(store_id, run_step_ids)
    frame = {"type": "work.overdue", "count": len(run_step_ids)}
    transaction.on_commit(lambda: announce({f"store.{store_id}": frame}), robust=True)


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


@handles(ORDER_CHANGED)
def mail_change(*, credit_id: int, **_: Any) -> None:
    tasks.mail_credit.delay(credit_id)


@handles(ORDER_MOVED[State.CANCELLED])
def undo_exchange(*, order_id: int, **_: Any) -> None:
    """What was to be sent in exchange does not come: the money that was kept for it goes back after all."""
    if Return.objects.filter(replacement=order_id, undone_at=None).exists():
        tasks.undo_exchange.delay(order_id)


@handles(RETURN_CHANGED)
def mail_return(*, return_id: int, step_id: int, **_: Any) -> None:
    """The other side hears of a step; one that was followed by another meanwhile is told by that one's mail."""
    if not ReturnStep.objects.filter(returned=return_id, pk__gt=step_id).exists():
        tasks.mail_return.delay(return_id, step_id)


@handles(SUBSTITUTION_CHANGED)
def mail_substitution(*, substitution_id: int, **_: Any) -> None:
    tasks.mail_substitution.delay(substitution_id)


@handles(*ORDER_MOVED.values(), ORDER_CHANGED, RETURN_CHANGED, SUBSTITUTION_CHANGED)
def tell_console(*, order_id: int, **_: Any) -> None:
    """Managers who have the store's pages open see the order move, and so does who follows the purchase."""
    _tell_both_sides(Order.objects.get(pk=order_id))


def _tell_both_sides(order: Order) -> None:
    frame: dict[str, Any] = {"type": "order.changed", "number": order.number, "state": order.state}

    def tell() -> None:
        # Counted just before it is told: of two orders that move at once, the later number is the true one.
        frame["waiting"] = waiting_orders(order.store_id)
        announce({f"store.{order.store_id}": frame, f"purchase.{order.purchase_id}": {"type": "purchase.changed"}})

    transaction.on_commit(tell, robust=True)


@handles(*ORDER_MOVED.values(), ORDER_CHANGED, RETURN_CHANGED)
def touch_day(*, order_id: int, **_: Any) -> None:
    """The figures of the day on which it was sold are not true any more."""
    touch_orders(order_ids=[order_id])


@handles(REFUND_DONE)
def touch_given_back(*, refund_id: int, **_: Any) -> None:
    """A bill that was given back counts no more for what was sent in exchange."""
    touch_exchanged(bills=Bill.objects.filter(payment__splits__refunds=refund_id))


@handles(
    SHIPMENT_MOVED[Shipment.State.IN_TRANSIT],
    SHIPMENT_MOVED[Shipment.State.FAILED],
    SHIPMENT_MOVED[Shipment.State.RETURNED],
)
def mail_parcel(*, shipment_id: int, told: bool, **_: Any) -> None:
    """Unless the order's own mail tells of it; one that has moved on meanwhile is told by its later mail."""
    if not told:
        tasks.mail_parcel.delay(shipment_id, Shipment.objects.values_list("state", flat=True).get(pk=shipment_id))


@handles(*SHIPMENT_MOVED.values())
def tell_of_parcel(*, shipment_id: int, **_: Any) -> None:
    """Who follows the purchase sees its parcels move, and so do managers who have the order open."""
    _tell_both_sides(Order.objects.get(shipments=shipment_id))


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
    touch_exchanged(bills=[bill])
    finish_paid_deposit(bill_id=bill.pk, now=timezone.now())
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


@handles(VISITOR_BOUGHT)
def keep_way(*, union_id: int, visitor: str, number: str, at: str, **_: Any) -> None:
    """A recognised visitor has bought: what led to it is kept with the purchase."""
    keep_path(union_id=union_id, visitor=visitor, number=number, at=datetime.fromisoformat(at))


@handles(CONSENT_WITHDRAWN)
def forget_way(*, visitor: str, **_: Any) -> None:
    """Nobody is recognised any more by it; the purchase stays."""
    forget_paths(visitor=visitor)


@handles(PERSON_ERASED)
def forget_person(*, user_id: int, **_: Any) -> None:
    """Names and addresses go, the books stay."""
    forget_buyer(user_id=user_id, now=timezone.now())


@handles(ORDER_MOVED[State.PAID], ORDER_MOVED[State.CANCELLED])
def count_visitors_again(*, order_id: int, **_: Any) -> None:
    """Visitors who bought are those who paid."""
    count_again(purchase_id=Order.objects.values_list("purchase_id", flat=True).get(pk=order_id))


@handles(REVIEW_WRITTEN)
def bring_review_to_store(*, review_id: int, **_: Any) -> None:
    """Whoever reviewed hears an answer: the store finds it among its responses."""
    # Locked, so that whoever is erased at this moment leaves no copy of it behind; its author is read after that.
    found = Review.objects.select_for_update(of=("self",), no_key=True)
    review = found.select_related("union", "store__membership").get(pk=review_id)
    take_in_review(review=review, now=timezone.now())


@handles(RESPONSE_CHANGED)
def mail_response(*, response_id: int, entry_id: int, **_: Any) -> None:
    """The side that did not take the step hears of it."""
    tasks.mail_response.delay(response_id, entry_id)


@handles(RESPONSE_CHANGED)
def tell_of_response(*, response_id: int, step: str, **_: Any) -> None:
    """Managers who have the store's pages open see it at once, and so does who looks at it with its link."""
    response = CustomerResponse.objects.select_related("store").get(pk=response_id)
    frame: dict[str, Any] = {
        "type": "response.changed",
        "number": response.number,
        "kind": response.kind,
        "state": response.state,
        "step": step,
    }

    def tell() -> None:
        frame["waiting"] = waiting_responses(response.store, now=timezone.now()).unanswered
        both: dict[str, dict[str, Any]] = {f"store.{response.store_id}": frame}
        if step != ResponseEntry.Step.NOTE:
            both[f"response.{response.pk}"] = {"type": "response.changed"}
        announce(both)

    transaction.on_commit(tell, robust=True)
