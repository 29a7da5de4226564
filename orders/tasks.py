"""What happens to carts and orders without anybody pressing a button."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone
from django_scopes import scopes_disabled

from orders.models import Bill, Order, ProposalStep, Purchase, ReservationChange
from orders.queries.proposals import proposal_with_all
from orders.queries.reservations import reservation_with_all
from orders.services import bills
from orders.services.cancelling import release_forgotten_money
from orders.services.cart import forget_idle_carts
from orders.services.completing import complete_delivered_orders
from orders.services.daily_check import check_union
from orders.services.drafts import expire_drafts
from orders.services.mail import send_order_mail, send_purchase_mail, send_store_mail
from orders.services.mail_bills import send_bill_mail
from orders.services.proposals import expire_price_proposals
from orders.services.proposals.mail import send_proposal_mail
from orders.services.reservations import expire_proposed_times
from orders.services.reservations.mail import send_reminder, send_reservation_mails
from orders.services.reservations.reminding import remind
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
        return release_forgotten_money(now=timezone.now())


@shared_task
def forget_carts() -> int:
    """Every night: guests' carts that were left behind."""
    now = timezone.now()
    with scopes_disabled():
        return forget_idle_carts(before=now - IDLE_CART, now=now)


@shared_task
def check_books() -> None:
    """Every night: orders, payments, stock, ledger and payouts of every union are compared."""
    with scopes_disabled():
        for union in unions_hosted_here():
            check_union(union=union, now=timezone.now())


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
