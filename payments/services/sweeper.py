"""Finishing what a killed process or a silent provider left open: every call is repeated with its own key."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db.models import F

from core.errors import DomainError
from payments.models import Payout, ProviderCall, Refund
from payments.models.accounts import AccountState
from payments.services.authorization import authorize_again
from payments.services.payouts import repeat_payout_call, retry_payout, send_payout
from payments.services.refunds import repeat_refund_call, retry_refund
from payments.services.splits import repeat_split_call
from payments.services.withdrawal import repeat_withdrawal

logger = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=1)
"""Younger calls are still in the hands of the process that made them."""
REFUND_PAUSE = timedelta(minutes=10)


def repeat_unanswered_calls(*, now: datetime, limit: int = 200) -> int:
    """Ask again what was written down and not answered, the longest unasked first; says how many were tried."""
    silent = ProviderCall.objects.filter(answered_at=None, asked_at__lte=now - PATIENCE)
    tried = 0
    for call in silent.order_by(F("repeated_at").asc(nulls_first=True), "id")[:limit]:
        ProviderCall.objects.filter(pk=call.pk).update(repeated_at=now)
        _guarded(partial(_repeat, call, now=now), call.idempotency_key)
        tried += 1
    return tried


def _repeat(call: ProviderCall, *, now: datetime) -> None:
    match call.operation:
        case ProviderCall.Operation.AUTHORIZE:
            authorize_again(call=call, now=now)
        case ProviderCall.Operation.VOID if call.idempotency_key.startswith("withdraw:"):
            repeat_withdrawal(call=call, now=now)
        case ProviderCall.Operation.CAPTURE | ProviderCall.Operation.VOID:
            repeat_split_call(call=call, now=now)
        case ProviderCall.Operation.REFUND:
            repeat_refund_call(call=call, now=now)
        case ProviderCall.Operation.PAYOUT:
            repeat_payout_call(call=call, now=now)


def retry_failed_refunds(*, now: datetime) -> int:
    """Money that is owed to a payer is offered again until it arrives, after twice as long each time; refunds never
    begun are begun. Says how many were tried.
    """
    never_begun = Refund.objects.filter(state=Refund.State.CREATED, created_at__lte=now - PATIENCE)
    failed = Refund.objects.filter(state=Refund.State.FAILED, created_at__lte=now - REFUND_PAUSE)
    due = [refund for refund in failed if refund.created_at + REFUND_PAUSE * 2 ** (refund.attempt - 1) <= now]
    waiting = [*never_begun, *due]
    for refund in waiting:
        _guarded(partial(retry_refund, refund=refund, now=now), refund.reference)
    return len(waiting)


def send_waiting_payouts(*, now: datetime, limit: int = 200) -> int:
    """Send pending payouts, and failed ones again whose enterprise has verified an account since."""
    failed = Payout.objects.filter(state=Payout.State.FAILED, membership__payout_accounts__state=AccountState.VERIFIED)
    for payout in failed.order_by("pk")[:limit]:
        _guarded(partial(retry_payout, payout=payout, now=now), payout.number)
    pending = list(Payout.objects.filter(state=Payout.State.PENDING).order_by("pk")[:limit])
    for payout in pending:
        _guarded(partial(send_payout, payout=payout, now=now), payout.number)
    return len(pending)


def _guarded(work: Callable[[], object], name: str) -> None:
    """One that cannot be finished keeps no other waiting."""
    try:
        work()
    except DomainError as refusal:
        logger.info("%s: %s", name, refusal.code)
    except Exception:
        logger.exception("%s could not be finished", name)
