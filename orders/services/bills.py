"""A store asks a customer for money; the customer consents; it is collected, earned and paid out like an order's."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, NotAllowed, WrongState
from core.outbox import publish
from core.references import new_reference
from orders.errors import AmountTooLarge
from orders.events import BILL_ASKED
from orders.models import Bill
from orders.queries.bills import part_of, unfinished, unsettled
from payments.models import PaymentAccount, PaymentRequest
from payments.services.asking import ask_payment, consent
from payments.services.requests import SplitWant, authorize, cancel_request, capture_split, refund_split, void_split
from payments.services.settlement import earn
from payments.services.splits import CaptureDeclined
from stores.models import Store
from unions.models import Membership

logger = logging.getLogger(__name__)
State = PaymentRequest.State
LARGEST = 10**13
LONGEST = 90
CLOSED = (State.FAILED, State.CANCELLED)


class BillClosed(DomainError):
    """It was withdrawn, or its days are over."""

    code = "bill_closed"
    detail = _("The store does not ask for this payment any more.")


@transaction.atomic
def ask_for_payment(
    *, store: Store, email: str, title: str, amount: int, language: str, days: int, actor: User | None, now: datetime
) -> Bill:
    """Ask a customer for `amount` minor units of the union's currency, payable for so many days; the customer is told.

    Commission is frozen now. Raises Invalid, AmountTooLarge, NotAllowed while the enterprise is not active.
    """
    union, member = store.union, store.membership
    if member.state != Membership.State.ACTIVE:
        raise NotAllowed(_("The enterprise is not active in this union at the moment."))
    if not title.strip():
        raise Invalid(_("Say what the payment is for."), field="title")
    if not 1 <= days <= LONGEST:
        raise Invalid(_("Give the customer 1 to 90 days."), field="days")
    if amount > LARGEST:
        raise AmountTooLarge
    number, until = new_reference(union.prefix), now + timedelta(days=days)
    payment = ask_payment(
        union=union,
        reference=number,
        number=number,
        split=SplitWant(member.pk, number, amount, member.commission_rate, union.commission_tax_bp),
        currency=union.currency,
        expires_at=until,
        now=now,
    )
    bill = Bill.objects.create(
        union=union,
        store=store,
        payment=payment,
        number=number,
        title=" ".join(title.split())[:200],
        email=email.strip().lower(),
        language=language,
        asked_by=actor,
        asked_at=now,
        expires_at=until,
    )
    publish(BILL_ASKED, aggregate=f"bill:{bill.pk}", bill_id=bill.pk)
    return bill


def pay_bill(*, bill: Bill, account: PaymentAccount, now: datetime) -> Bill:
    """The customer consents to pay it from this account of theirs: the bank is asked and the money collected.

    Pressing twice pays once. Returns the bill with its payment as it stands: captured; created while the bank has not
    answered or wants its customer to confirm at `confirm_url`; failed when it declined, then another account can be
    tried. The caller has made sure that bill and account are the customer's. Outside of transactions. Raises
    BillClosed, AccountNotVerified, ConsentTooLate.
    """
    payment = _open_attempt(bill, now=now)
    payment = authorize(payment_request=consent(payment_request=payment, account=account, now=now), now=now)
    bill.payment = payment
    if payment.state == State.AUTHORIZED:
        collect_bill(bill=bill, now=now)
    payment.refresh_from_db()
    return bill


@transaction.atomic
def _open_attempt(bill: Bill, *, now: datetime) -> PaymentRequest:
    """The payment to consent to: a fresh one after the bank refused the last."""
    locked = Bill.objects.select_for_update(of=("self",), no_key=True).select_related("payment").get(pk=bill.pk)
    payment = locked.payment
    if payment.state not in CLOSED:
        return payment
    if locked.withdrawn_at or locked.expires_at <= now:
        raise BillClosed
    attempt, part = locked.attempts + 1, part_of(locked)
    payment = ask_payment(
        union=bill.union,
        reference=f"{locked.number}/{attempt}",
        number=new_reference(bill.union.prefix),
        split=SplitWant(
            part.membership_id, f"{locked.number}/{attempt}", part.amount, part.commission_bp, part.commission_tax_bp
        ),
        currency=payment.currency,
        expires_at=locked.expires_at,
        now=now,
    )
    Bill.objects.filter(union=bill.union_id, pk=bill.pk).update(payment=payment, attempts=attempt)
    return payment


def collect_bill(*, bill: Bill, now: datetime) -> None:
    """Collect an authorized bill. A bank that refuses now ends this attempt; one that is silent is asked again by
    itself. Outside of transactions; may be repeated.
    """
    reference = bill.payment.reference
    try:
        capture_split(union=bill.union, reference=reference, now=now)
    except CaptureDeclined:
        _let_go(bill, reference, now=now)
    except DomainError as refusal:
        logger.info("bill %s is not collected yet: %s", bill.number, refusal.code)


def _let_go(bill: Bill, reference: str, *, now: datetime) -> None:
    try:
        void_split(union=bill.union, reference=reference, now=now)
    except DomainError as refusal:
        logger.info("the money of bill %s is still held: %s", bill.number, refusal.code)


def collect_authorized(*, now: datetime, limit: int = 200) -> int:
    """Collect what a process that died left authorized. Says how many there were."""
    waiting = list(unfinished()[:limit])
    for bill in waiting:
        collect_bill(bill=bill, now=now)
    return len(waiting)


def withdraw_bill(*, bill: Bill, now: datetime) -> Bill:
    """The store does not ask for it any more. Raises WrongState when it is paid, or just being paid.

    Outside of transactions, idempotent.
    """
    if not _close(bill, now=now):
        bill.refresh_from_db()
        if bill.withdrawn_at is None:
            raise WrongState(state=bill.payment.state)
        return bill
    cancel_request(payment_request=bill.payment, now=now)
    bill.refresh_from_db()
    return bill


@transaction.atomic
def _close(bill: Bill, *, now: datetime) -> bool:
    """Mark it withdrawn while no customer has consented, with its payment's row locked against a consent."""
    locked = Bill.objects.select_for_update(of=("self",), no_key=True).get(pk=bill.pk)
    payment = PaymentRequest.objects.select_for_update().get(pk=locked.payment_id)
    bill.payment = payment
    payment.union = bill.union
    is_free = payment.state in CLOSED or (payment.state == State.CREATED and payment.account_id is None)
    if not is_free or locked.withdrawn_at:
        return False
    Bill.objects.filter(union=bill.union_id, pk=bill.pk).update(withdrawn_at=now)
    return True


def give_back_bill(*, bill: Bill, reason: str, now: datetime) -> Bill:
    """Give back all that is left of a paid bill, before or after it was earned. Outside of transactions, idempotent.

    Raises WrongState when it is not paid.
    """
    part = part_of(bill)
    left = part.captured - part.refunded - part.refunding
    if part.captured == 0:
        raise WrongState(state=bill.payment.state)
    if left:
        refund_split(
            union=bill.union,
            reference=part.reference,
            amount=left,
            refund_reference=f"bill-{bill.number}",
            reason=reason,
            now=now,
        )
    return bill


def settle_bills(*, now: datetime, limit: int = 500) -> int:
    """Paid bills whose union's holding period is over become earnings, each once. Says how many."""
    settled = 0
    for bill in unsettled()[:limit]:
        paid_at = bill.payment.answered_at or bill.asked_at
        if paid_at + timedelta(days=bill.union.holding_days) <= now:
            settled += _settle(bill, now=now)
    return settled


@transaction.atomic
def _settle(bill: Bill, *, now: datetime) -> bool:
    if not Bill.objects.filter(union=bill.union_id, pk=bill.pk, settled_at=None).update(settled_at=now):
        return False
    earn(union=bill.union, reference=bill.payment.reference, now=now)
    return True
