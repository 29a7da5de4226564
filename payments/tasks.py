from __future__ import annotations

from celery import shared_task
from django.utils import timezone
from django_scopes import scopes_disabled

from payments.providers.bank import Bank
from payments.services.arrivals import book_arrivals
from payments.services.notices import take_notice
from payments.services.settlement import make_payouts
from payments.services.sweeper import repeat_unanswered_calls, retry_failed_refunds, send_waiting_payouts
from payments.services.withdrawal import give_up_unanswered
from unions.queries import unions_hosted_here


@shared_task
def hear_bank(key: str, notice: str) -> None:
    """The built-in bank's notice arrives: late, or once more."""
    Bank().decide(key)
    with scopes_disabled():
        take_notice(provider=Bank.name, payload={"notice": notice, "key": key}, now=timezone.now())


@shared_task
def sweep_payments() -> None:
    """Finish what was left open: silent calls, refused refunds, unanswered requests, waiting payouts."""
    now = timezone.now()
    with scopes_disabled():
        give_up_unanswered(now=now)
        repeat_unanswered_calls(now=now)
        retry_failed_refunds(now=now)
        send_waiting_payouts(now=now)


@shared_task
def settle_unions() -> None:
    """Every hour, as periods end at midnight of each union: payouts of closed periods, and the provider's money.

    Runs of several workers, and runs after a kill, find what is done and go on with the rest.
    """
    now = timezone.now()
    with scopes_disabled():
        for union in unions_hosted_here():
            book_arrivals(union=union, now=now)
            make_payouts(union=union, now=now)
        send_waiting_payouts(now=now)
