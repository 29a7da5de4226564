"""What after-sales service does by itself. Tasks take ids."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone
from django_scopes import scopes_disabled

from ascc.services.assessing import expire_incentives
from ascc.services.ending import cancel_vouchers_of_order, close_silent, lapse_vouchers
from ascc.services.issuing import issue_missing, issue_vouchers
from ascc.services.keys import renew_key
from ascc.services.transmitting import lapse_unanswered
from ascc.services.working import confirm_silent

LOOK_BACK = timedelta(days=120)
"""How far the nightly catch-up looks for orders whose vouchers are missing."""


@shared_task(acks_late=True)
def issue(order_id: int) -> int:
    """Vouchers of an order that has come so far."""
    with scopes_disabled():
        return issue_vouchers(order_ids=[order_id], now=timezone.now())


@shared_task(acks_late=True)
def take_back_of_cancelled(order_id: int) -> int:
    """A cancelled order's vouchers end."""
    with scopes_disabled():
        return cancel_vouchers_of_order(order_id=order_id, now=timezone.now(), reason="")


@shared_task
def catch_up() -> int:
    """Once a night: what no event has brought about."""
    now = timezone.now()
    with scopes_disabled():
        return issue_missing(since=now - LOOK_BACK, now=now)


@shared_task
def tend_vouchers() -> dict[str, int]:
    """What lapses, what nobody answers, what silence confirms."""
    now = timezone.now()
    with scopes_disabled():
        return {
            "lapsed": lapse_vouchers(now=now),
            "unanswered": lapse_unanswered(now=now),
            "confirmed": confirm_silent(now=now),
            "closed": close_silent(now=now),
            "rewards": expire_incentives(now=now),
        }


@shared_task
def renew_signing_key() -> None:
    """A new key when the old one has signed long enough."""
    renew_key(now=timezone.now())
