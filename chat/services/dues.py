"""Collecting dues: each period once, whoever does it and however often its process dies.

What is to be paid is a row, and each try at the bank a payment request under a reference of its own
(`dues:<number>/2`), so every step can be repeated: asked again it is the same request, authorization and capture.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from chat import events
from chat.models import Dues, PreferredBuyer
from chat.services.members import open_period
from core.errors import DomainError, constraint_of
from core.outbox import publish
from core.references import new_reference
from payments.models import PaymentRequest
from payments.services.earnings import earn
from payments.services.requests import (
    AccountNotVerified,
    SplitWant,
    authorize,
    capture_split,
    refund_split,
    request_payment,
    void_split,
)
from payments.services.splits import CaptureDeclined
from unions.models import Membership

logger = logging.getLogger(__name__)

TRIES_AFTER = (timedelta(days=1), timedelta(days=3), timedelta(days=5))
"""A refused charge is tried again after these; then the membership ends. Until then the person is still a member."""
LOOKED_AT_AGAIN = timedelta(minutes=2)
MOST_AT_ONCE = 200
CONFIRM = "confirm"
BACK = "/back"
State = PreferredBuyer.State
ALIVE = Q(plan__store=None) | Q(plan__store__membership__state=Membership.State.ACTIVE)
"""Nobody is charged for a store that does not sell at the moment."""

_HELD = """
SELECT request.* FROM chat_dues AS dues
JOIN payments_paymentrequest AS request ON request.union_id = dues.union_id AND request.state = 'authorized'
    AND request.reference = %(reference)s || dues.number || '/' || dues.attempt
WHERE dues.state = 'dropped' AND dues.try_at > now() - interval '30 days' LIMIT %(limit)s
"""
_TAKEN = """
SELECT dues.* FROM chat_dues AS dues
JOIN payments_paymentrequest AS request ON request.union_id = dues.union_id AND request.state = 'captured'
    AND request.reference = %(reference)s || dues.number || '/' || dues.attempt
WHERE dues.state = 'dropped' AND dues.try_at > now() - interval '30 days' AND NOT EXISTS (
    SELECT FROM payments_refund AS refund
    WHERE refund.union_id = dues.union_id AND refund.reference = request.reference || %(back)s
) LIMIT %(limit)s
"""


def renew_memberships(*, now: datetime, limit: int = MOST_AT_ONCE) -> dict[str, int]:
    """Every minute: open the periods that begin, collect what is due, end what was cancelled. Says how many of each.

    Two workers at once, or one that was killed before, change nothing: rows are skipped while another has them.
    """
    ended = _end_cancelled(now=now, limit=limit)
    opened = _open_periods(now=now, limit=limit)
    due = list(
        Dues.objects.filter(state=Dues.State.OPEN, try_at__lte=now)
        .order_by("try_at")
        .values_list("pk", flat=True)[:limit]
    )
    collected = sum(collect_dues(dues_id=key, now=now) for key in due)
    return {"ended": ended, "opened": opened, "collected": collected, "let_go": _let_go(now=now, limit=limit)}


def collect_dues(*, dues_id: int, now: datetime) -> bool:
    """Charge one period. True when it is paid now. Outside of transactions; may be repeated at any point."""
    found = _ask(dues_id, now=now)
    if found is None:
        return Dues.objects.filter(pk=dues_id, state=Dues.State.PAID).exists()
    dues, payment = found
    if payment is None:
        _failed(dues, "no_account", now=now)
        return False
    payment = authorize(payment_request=payment, now=now)
    if payment.state == PaymentRequest.State.AUTHORIZED:
        payment = _capture(dues, payment, now=now)
    if payment.state == PaymentRequest.State.CAPTURED:
        return _settle(dues, now=now)
    if payment.state == PaymentRequest.State.CREATED and payment.confirm_url:
        _ask_to_confirm(dues)
    if payment.state in (PaymentRequest.State.FAILED, PaymentRequest.State.CANCELLED):
        _failed(dues, payment.failure_code or "cancelled", now=now)
    return False


@transaction.atomic
def _ask(dues_id: int, *, now: datetime) -> tuple[Dues, PaymentRequest | None] | None:
    """Write the charge down; without a usable account there is none. The row waits while it is under way."""
    dues = (
        Dues.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("union", "buyer__plan__store__membership__union", "buyer__account")
        .filter(pk=dues_id, state=Dues.State.OPEN)
        .first()
    )
    if dues is None:
        return None
    Dues.objects.filter(pk=dues_id).update(try_at=now + LOOKED_AT_AGAIN)
    reference, store = dues.reference, dues.buyer.plan.store
    asked = PaymentRequest.objects.select_related("account").filter(union=dues.union, reference=reference).first()
    if asked is not None:
        return dues, asked
    union = dues.union
    split = SplitWant(
        membership_id=store.membership_id if store else None,
        reference=reference,
        amount=dues.amount,
        commission_bp=store.membership.commission_rate if store else 0,
        commission_tax_bp=union.commission_tax_bp if store else 0,
    )
    try:
        return dues, request_payment(
            union=union,
            reference=reference,
            number=new_reference(union.prefix),
            account=dues.buyer.account,
            amount=dues.amount,
            currency=dues.currency,
            splits=[split],
            now=now,
        )
    except AccountNotVerified:
        return dues, None


def _capture(dues: Dues, payment: PaymentRequest, *, now: datetime) -> PaymentRequest:
    reference = payment.reference
    try:
        if Dues.objects.filter(union=dues.union_id, pk=dues.pk, state=Dues.State.DROPPED).exists():
            # Cancelled while the bank was asked: what it set aside is let go of and not taken.
            void_split(union=dues.union, reference=reference, now=now)
        else:
            capture_split(union=dues.union, reference=reference, now=now)
    except CaptureDeclined:
        try:
            void_split(union=dues.union, reference=reference, now=now)
        except DomainError as refusal:
            logger.info("the money of dues %s is still held: %s", dues.number, refusal.code)
    except DomainError as refusal:
        logger.info("dues %s are not collected yet: %s", dues.number, refusal.code)
    payment.refresh_from_db()
    return payment


def _settle(dues: Dues, *, now: datetime) -> bool:
    """What the bank has handed over: the period is given, or the money goes back to who has joined anew meanwhile."""
    if _paid(dues, now=now):
        return True
    refund_split(
        union=dues.union,
        reference=dues.reference,
        amount=dues.amount,
        refund_reference=dues.reference + BACK,
        reason="cancelled and joined anew while it was charged",
        now=now,
    )
    return False


@transaction.atomic
def _paid(dues: Dues, *, now: datetime) -> bool:
    """Once: the period is paid, the member a member until its end, and a store has earned its part.

    False when it was cancelled and the person is in the plan by another membership already.
    """
    buyer = PreferredBuyer.objects.select_for_update(of=("self",)).get(union=dues.union_id, pk=dues.buyer_id)
    mine = Dues.objects.filter(union=dues.union_id, pk=dues.pk).exclude(state=Dues.State.PAID)
    try:
        with transaction.atomic():
            if not mine.update(state=Dues.State.PAID, paid_at=now, failure_code=""):
                return True
            # Also when it was cancelled while the bank handed it over: what was paid for is given.
            PreferredBuyer.objects.filter(union=dues.union_id, pk=buyer.pk).update(
                state=State.ACTIVE, paid_until=dues.period_end, periods=F("periods") + 1, ended_at=None
            )
    except IntegrityError as error:
        if constraint_of(error) != "preferred_buyer_once":
            raise
        return False
    if dues.buyer.plan.store_id is not None:
        earn(union=dues.union, reference=dues.reference, now=now)
    _tell(dues, "paid")
    return True


@transaction.atomic
def _failed(dues: Dues, code: str, *, now: datetime) -> None:
    """The bank refused this try: another follows, or the membership ends; before the first payment at once."""
    buyer = PreferredBuyer.objects.select_for_update(of=("self",)).get(union=dues.union_id, pk=dues.buyer_id)
    mine = Dues.objects.filter(union=dues.union_id, pk=dues.pk, state=Dues.State.OPEN, attempt=dues.attempt)
    is_last = buyer.paid_until is None or dues.attempt > len(TRIES_AFTER) or buyer.cancelled_at is not None
    if is_last:
        if mine.update(state=Dues.State.DROPPED, failure_code=code[:40]):
            PreferredBuyer.objects.filter(union=dues.union_id, pk=buyer.pk).update(state=State.ENDED, ended_at=now)
            _tell(dues, "dropped")
        return
    again = now + TRIES_AFTER[dues.attempt - 1]
    if mine.update(attempt=F("attempt") + 1, try_at=again, failure_code=code[:40]):
        PreferredBuyer.objects.filter(union=dues.union_id, pk=buyer.pk).update(state=State.GRACE)
        _tell(dues, "failed")


@transaction.atomic
def _ask_to_confirm(dues: Dues) -> None:
    """The bank wants to hear it from its customer: they are written to, once for each try."""
    mine = Dues.objects.filter(union=dues.union_id, pk=dues.pk, state=Dues.State.OPEN).exclude(failure_code=CONFIRM)
    if mine.update(failure_code=CONFIRM):
        _tell(dues, "confirm")


def _let_go(*, now: datetime, limit: int) -> int:
    """Money of dues that nobody collects any more: what a bank still holds goes back, what it gave is settled."""
    held = PaymentRequest.objects.raw(_HELD, {"reference": Dues.REFERENCE, "limit": limit})
    let_go = 0
    for payment in held.prefetch_related("union"):
        try:
            void_split(union=payment.union, reference=payment.reference, now=now)
            let_go += 1
        except DomainError as refusal:
            logger.info("payment %s is still held: %s", payment.number, refusal.code)
    # The process that took it was killed before it could say so.
    taken = Dues.objects.raw(_TAKEN, {"reference": Dues.REFERENCE, "back": BACK, "limit": limit})
    for dues in taken.prefetch_related("union", "buyer__plan"):
        _settle(dues, now=now)
        let_go += 1
    return let_go


def _tell(dues: Dues, state: str) -> None:
    publish(
        events.DUES_MOVED,
        aggregate=f"preferred-buyer:{dues.buyer_id}",
        dues_id=dues.pk,
        state=state,
        attempt=dues.attempt,
    )


def _open_periods(*, now: datetime, limit: int) -> int:
    """Members whose paid time is over begin the next period."""
    due = list(
        PreferredBuyer.objects.filter(ALIVE, state=State.ACTIVE, cancelled_at=None, paid_until__lte=now)
        .order_by("paid_until")
        .values_list("pk", flat=True)[:limit]
    )
    return sum(_open_next(key, now=now) for key in due)


@transaction.atomic
def _open_next(buyer_id: int, *, now: datetime) -> bool:
    buyer = (
        PreferredBuyer.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("union")
        .filter(pk=buyer_id, state=State.ACTIVE, cancelled_at=None, paid_until__lte=now)
        .first()
    )
    if buyer is None or buyer.paid_until is None:
        return False
    return open_period(buyer=buyer, start=buyer.paid_until, now=now) is not None


def _end_cancelled(*, now: datetime, limit: int) -> int:
    """Cancelled memberships whose paid time is over."""
    keys = list(
        PreferredBuyer.objects.filter(cancelled_at__isnull=False, paid_until__lte=now)
        .exclude(state=State.ENDED)
        .values_list("pk", flat=True)[:limit]
    )
    return sum(_end(key, now=now) for key in keys)


@transaction.atomic
def _end(buyer_id: int, *, now: datetime) -> bool:
    mine = PreferredBuyer.objects.filter(pk=buyer_id, cancelled_at__isnull=False, paid_until__lte=now)
    if not mine.exclude(state=State.ENDED).update(state=State.ENDED, ended_at=now):
        return False
    Dues.objects.filter(buyer=buyer_id, state=Dues.State.OPEN).update(state=Dues.State.DROPPED)
    publish(events.MEMBERSHIP_MOVED, aggregate=f"preferred-buyer:{buyer_id}", buyer_id=buyer_id, state="ended")
    return True
