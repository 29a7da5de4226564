"""What happens to carts and orders without anybody pressing a button."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone
from django_scopes import scopes_disabled

from orders.models import (
    Bill,
    CreditNote,
    Order,
    ProposalStep,
    Purchase,
    ReservationChange,
    ResponseEntry,
    ReturnStep,
    RunStep,
    Shipment,
)
from orders.queries.proposals import proposal_with_all
from orders.queries.reservations import reservation_with_all
from orders.queries.responses import response_with_all
from orders.queries.returns import return_replaced_by, return_with_all
from orders.queries.substitutions import substitution_with_all
from orders.services import bills
from orders.services.cancelling import release_forgotten_money
from orders.services.cart import forget_idle_carts
from orders.services.completing import complete_delivered_orders
from orders.services.crediting import settle_forgotten_credits
from orders.services.daily_check import check_union
from orders.services.drafts import expire_drafts
from orders.services.figures import count_all_touched
from orders.services.forgetting import forget_people_long_gone
from orders.services.mail.bills import send_bill_mail
from orders.services.mail.changes import send_credit_mails
from orders.services.mail.orders import send_order_mail, send_purchase_mail, send_store_mail
from orders.services.mail.parcels import send_parcel_mail
from orders.services.mail.substitutes import send_substitution_mail
from orders.services.paths import forget_old_paths
from orders.services.polling import poll_carriers
from orders.services.proposals import expire_price_proposals
from orders.services.proposals.mail import send_proposal_mail
from orders.services.reservations import expire_proposed_times
from orders.services.reservations.mail import send_reminder, send_reservation_mails
from orders.services.reservations.reminding import remind
from orders.services.responses import close_settled, escalate_late
from orders.services.responses.mail import send_response_mail
from orders.services.returns import exchanging
from orders.services.returns.mail import send_return_mails
from orders.services.runs.counting import count_closed_steps
from orders.services.runs.following import follow_forgotten
from orders.services.runs.mail import send_overdue_mails, send_step_mail
from orders.services.runs.overdue import note_overdue_steps
from orders.services.substituting import lapse_substitutes
from orders.services.visit_days import count_touched_days
from stores.models import Store
from unions.models import Union
from unions.queries import unions_hosted_here

IDLE_CART = timedelta(days=30)


@shared_task
def mail_purchase(purchase_id: int) -> None:
    """The confirmation of a paid purchase."""
    with scopes_disabled():
        send_purchase_mail(purchase=Purchase.objects.select_related("union").get(pk=purchase_id), now=timezone.now())


@shared_task
def mail_order(order_id: int, state: str) -> None:
    """One step of an order."""
    with scopes_disabled():
        order = Order.objects.select_related("union", "purchase", "store").get(pk=order_id)
        send_order_mail(order=order, state=state, now=timezone.now())


@shared_task
def mail_store(order_id: int) -> None:
    """A new order, to its store."""
    with scopes_disabled():
        order = Order.objects.select_related("union", "purchase", "store").get(pk=order_id)
        send_store_mail(order=order)


@shared_task
def mail_parcel(shipment_id: int, state: str) -> None:
    """One step of a parcel that the order did not take with it."""
    with scopes_disabled():
        parcel = Shipment.objects.select_related("order__union", "order__purchase", "order__store").get(pk=shipment_id)
        send_parcel_mail(parcel=parcel, state=state)


@shared_task
def ask_carriers() -> int:
    """Every five minutes: carriers with an adapter are asked where their parcels are."""
    with scopes_disabled():
        return poll_carriers(now=timezone.now())


@shared_task(acks_late=True)
def mail_credit(credit_id: int) -> None:
    """A part of an order that does not come, or came back, to both sides."""
    with scopes_disabled():
        credits = CreditNote.objects.select_related("union", "order__purchase", "order__store")
        send_credit_mails(credit=credits.get(pk=credit_id))


@shared_task(acks_late=True)
def undo_exchange(order_id: int) -> None:
    """A replacement that was cancelled."""
    with scopes_disabled():
        exchanging.undo_exchange(returned=return_replaced_by(order_id), now=timezone.now())


@shared_task
def mail_return(return_id: int, step_id: int) -> None:
    """One step of a return, to the side that did not take it."""
    with scopes_disabled():
        step = ReturnStep.objects.get(pk=step_id, returned=return_id)
        send_return_mails(returned=return_with_all(return_id), step=step)


@shared_task
def mail_substitution(substitution_id: int) -> None:
    """Something else that is offered, or the answer."""
    with scopes_disabled():
        send_substitution_mail(substitution=substitution_with_all(substitution_id))


@shared_task
def lapse_substitutions() -> int:
    """Every minute: offers that nobody answered in time."""
    with scopes_disabled():
        return lapse_substitutes(now=timezone.now())


@shared_task
def mail_bill(bill_id: int) -> None:
    """What a store asks for, or that it is paid."""
    with scopes_disabled():
        send_bill_mail(bill=Bill.objects.select_related("union", "store", "payment").get(pk=bill_id))


@shared_task
def collect_bill(bill_id: int) -> None:
    """An authorized bill."""
    with scopes_disabled():
        bill = Bill.objects.select_related("union", "payment").get(pk=bill_id)
        bills.collect_bill(bill=bill, now=timezone.now())


@shared_task
def collect_bills() -> int:
    """Every minute: authorized bills whose process died."""
    with scopes_disabled():
        return bills.collect_authorized(now=timezone.now())


@shared_task
def settle_bills() -> int:
    """Every hour: bills whose holding period is over become earnings."""
    with scopes_disabled():
        return bills.settle_bills(now=timezone.now())


@shared_task
def complete_delivered() -> int:
    """Every hour: orders whose holding period is over become earnings."""
    with scopes_disabled():
        return complete_delivered_orders(now=timezone.now())


@shared_task
def release_money_of_cancelled() -> int:
    """Every minute: what a process that died left undone."""
    with scopes_disabled():
        now = timezone.now()
        undone = exchanging.undo_forgotten_exchanges(now=now)
        return release_forgotten_money(now=now) + settle_forgotten_credits(now=now) + undone


@shared_task
def forget_carts() -> int:
    """Every night: guests' carts that were left behind."""
    now = timezone.now()
    with scopes_disabled():
        return forget_idle_carts(before=now - IDLE_CART, now=now)


@shared_task
def check_books() -> None:
    """Every night: a union is a task of its own, so that a killed worker leaves one to be begun again."""
    for union in unions_hosted_here():
        check_books_of.delay(union.pk)


@shared_task
def check_books_of(union_id: int) -> None:
    """Orders, payments, stock, ledger, payouts and figures of a union are compared."""
    with scopes_disabled():
        check_union(union=Union.objects.get(pk=union_id), now=timezone.now())


@shared_task
def count_figures() -> int:
    """Every ten seconds: the figures of days on which something changed."""
    with scopes_disabled():
        return sum(count_all_touched(union=union) for union in unions_hosted_here())


@shared_task
def mail_reservation(reservation_id: int, change_id: int) -> None:
    """One step of a reservation, to both sides."""
    with scopes_disabled():
        change = ReservationChange.objects.get(pk=change_id, reservation=reservation_id)
        send_reservation_mails(reservation=reservation_with_all(reservation_id), change=change)


@shared_task
def mail_reminder(reservation_id: int, reminder: str) -> None:
    """A reserved time comes near."""
    with scopes_disabled():
        send_reminder(reservation=reservation_with_all(reservation_id), reminder=reminder)


@shared_task
def expire_reservations() -> int:
    """Every minute: proposals that nobody answered in time."""
    with scopes_disabled():
        return len(expire_proposed_times(now=timezone.now()))


@shared_task
def remind_of_reservations() -> int:
    """Every five minutes: confirmed times that come near."""
    with scopes_disabled():
        return sum(map(len, remind(now=timezone.now()).values()))


@shared_task
def mail_proposal(proposal_id: int, step_id: int) -> None:
    """One step of a price proposal, to the side that did not take it."""
    with scopes_disabled():
        step = ProposalStep.objects.get(pk=step_id, proposal=proposal_id)
        send_proposal_mail(proposal=proposal_with_all(proposal_id), step=step)


@shared_task
def expire_agreements() -> int:
    """Every minute: prices that nobody answered or bought in time, and composed orders that nobody confirmed."""
    now = timezone.now()
    with scopes_disabled():
        return expire_drafts(now=now) + len(expire_price_proposals(now=now))


@shared_task
def mail_run_step(run_step_id: int) -> None:
    """A step of which the shopper is to hear."""
    with scopes_disabled():
        steps = RunStep.objects.select_related("step", "run__order__union", "run__order__purchase", "run__order__store")
        send_step_mail(step=steps.get(pk=run_step_id))


@shared_task
def mail_overdue_steps(store_id: int, run_step_ids: list[int]) -> int:
    """What is late at a store, to those who have it."""
    with scopes_disabled():
        store = Store.objects.select_related("union", "membership").get(pk=store_id)
        return send_overdue_mails(store=store, step_ids=run_step_ids)


@shared_task
def tell_overdue_steps() -> int:
    """Every five minutes: steps of orders that have become late since."""
    with scopes_disabled():
        return note_overdue_steps(now=timezone.now())


@shared_task
def follow_forgotten_orders() -> int:
    """Every quarter of an hour: steps that stayed open though their order is over."""
    with scopes_disabled():
        return follow_forgotten(now=timezone.now())


@shared_task
def count_steps() -> int:
    """Every five minutes: how long orders lay at the steps that were closed since."""
    with scopes_disabled():
        return count_closed_steps(now=timezone.now())


@shared_task
def count_visits() -> int:
    """Every minute: days of which something was recorded or erased are counted anew."""
    with scopes_disabled():
        return count_touched_days(now=timezone.now())


@shared_task
def forget_people() -> int:
    """Every night: guests of long ago, and ways that are older than the browsing record is kept."""
    now = timezone.now()
    with scopes_disabled():
        return forget_people_long_gone(now=now) + forget_old_paths(now=now)


@shared_task
def mail_response(response_id: int, entry_id: int) -> None:
    """One step of a customer's response, to the side that did not take it."""
    with scopes_disabled():
        entry = ResponseEntry.objects.get(pk=entry_id, response=response_id)
        send_response_mail(response=response_with_all(response_id), entry=entry)


@shared_task
def tend_responses() -> int:
    """Every few minutes: late ones come to the union, settled ones are closed."""
    now = timezone.now()
    with scopes_disabled():
        return sum(
            len(escalate_late(union=union, now=now)) + len(close_settled(union=union, now=now))
            for union in unions_hosted_here()
        )
