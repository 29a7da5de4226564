"""Giving captured money back: of one split, in parts if need be, never more than was captured, each part once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Invalid
from core.money import rate_of
from core.outbox import publish
from payments.events import REFUND_DONE
from payments.models import Earning, LedgerAccount, PaymentSplit, ProviderCall, Refund
from payments.providers import Answer, Outcome
from payments.providers.interface import Instruction
from payments.services.authorization import authorization_key, merchant_of
from payments.services.calls import instruction_of, note_answer, speak, write_down
from payments.services.ledger import Entry, post
from payments.services.splits import receiver_of, split_of
from unions.models import Union

State = Refund.State
Kind = LedgerAccount.Kind


class RefundTooLarge(DomainError):
    """More would be given back than was collected and not yet given back."""

    code = "refund_too_large"
    status = 422
    detail = _("This is more than was paid and not yet given back.")


class RefundReferenceUsed(DomainError):
    """The reference already stands for another refund."""

    code = "refund_reference_used"
    detail = _("Another refund was made under this reference.")


def refund_split(
    *, union: Union, reference: str, amount: int, refund_reference: str, reason: str, now: datetime
) -> Refund:
    """Give `amount` of a captured split back to the payer; the same refund reference again is the same refund.

    The amount is set aside first, so refunds together never pass what was captured. When the bank refuses, the refund
    is failed and tried again by the sweeper until it arrives. Must run outside of transactions.
    Raises Invalid for an amount of nothing, RefundTooLarge, RefundReferenceUsed.
    """
    if amount <= 0:
        raise Invalid(_("Enter an amount above zero."), field="amount")
    refund = _open(union, reference, amount, refund_reference, reason, now=now)
    if refund.state in (State.CREATED, State.TRANSIT):
        _ask(refund, now=now)
        refund.refresh_from_db()
    return refund


@transaction.atomic
def _open(union: Union, reference: str, amount: int, refund_reference: str, reason: str, *, now: datetime) -> Refund:
    split = split_of(union=union, reference=reference)
    refund, created = Refund.objects.select_related("split__request").get_or_create(
        union=union,
        reference=refund_reference,
        defaults={"split": split, "amount": amount, "reason": reason[:200], "created_at": now},
    )
    if not created:
        if (refund.split_id, refund.amount) != (split.pk, amount):
            raise RefundReferenceUsed
        return refund
    set_aside = PaymentSplit.objects.filter(
        pk=split.pk, state=PaymentSplit.State.CAPTURED, captured__gte=F("refunded") + F("refunding") + amount
    ).update(refunding=F("refunding") + amount)
    if not set_aside:
        split.refresh_from_db()
        raise RefundTooLarge(refundable=split.captured - split.refunded - split.refunding)
    return refund


def retry_refund(*, refund: Refund, now: datetime) -> Refund:
    """Begin a refund never begun, or the next attempt at one that the bank refused. Outside of transactions."""
    Refund.objects.filter(pk=refund.pk, state=State.FAILED).update(
        state=State.CREATED, attempt=F("attempt") + 1, failure_code=""
    )
    refund.refresh_from_db()
    if refund.state == State.CREATED:
        _ask(refund, now=now)
        refund.refresh_from_db()
    return refund


def forget_reasons(*, splits: QuerySet[PaymentSplit]) -> None:
    """Why money went back is said no more: it may be in its payer's words. How much and when stays.

    Repeating changes nothing more.
    """
    Refund.objects.filter(split__in=splits).exclude(reason="").update(reason="")


def repeat_refund_call(*, call: ProviderCall, now: datetime) -> None:
    """Finish a refund that was written down and never answered."""
    refund_id, attempt = (int(part) for part in call.idempotency_key.split(":")[1:])
    refund = Refund.objects.filter(pk=refund_id, attempt=attempt).exclude(state=State.DONE).first()
    if refund is None:
        return
    answer = speak(provider=call.provider, method="refund", instruction=instruction_of(call=call))
    if answer is not None:
        hear_refund(refund_id=refund_id, key=call.idempotency_key, answer=answer, now=now)


def _ask(refund: Refund, *, now: datetime) -> None:
    split = refund.split
    request = split.request
    first = ProviderCall.objects.get(
        provider=request.provider, idempotency_key=authorization_key(request_id=request.pk)
    )
    instruction = Instruction(
        key=f"refund:{refund.pk}:{refund.attempt}",
        merchant=merchant_of(union_id=refund.union_id),
        token=first.asked["token"],
        amount=refund.amount,
        currency=request.currency,
        at=now,
        authorization=authorization_key(request_id=request.pk),
        reference=refund.reference,
    )
    with transaction.atomic():
        Refund.objects.filter(pk=refund.pk, state=State.CREATED).update(state=State.TRANSIT)
        write_down(
            union_id=refund.union_id, provider=request.provider, operation="refund", instruction=instruction, now=now
        )
    answer = speak(provider=request.provider, method="refund", instruction=instruction)
    if answer is not None:
        hear_refund(refund_id=refund.pk, key=instruction.key, answer=answer, now=now)


@transaction.atomic
def hear_refund(*, refund_id: int, key: str, answer: Answer, now: datetime) -> None:
    """Put the bank's answer into effect, once.

    Before the split was earned the money comes from orders held; afterwards the enterprise and the union give back
    their shares, as a negative earning of the next payout. The split's row is locked, as `earn` locks it: either the
    earning sees the refund or the refund sees the earning.
    """
    refund = Refund.objects.get(pk=refund_id)
    split = PaymentSplit.objects.select_for_update(no_key=True).get(pk=refund.split_id)
    request = split.request
    note_answer(provider=request.provider, key=key, answer=answer, now=now)
    mine = Refund.objects.filter(pk=refund_id, state__in=(State.CREATED, State.TRANSIT))
    if answer.outcome in (Outcome.WAITING, Outcome.CONFIRM):
        return
    if answer.outcome != Outcome.APPROVED:
        mine.update(state=State.FAILED, failure_code=answer.code)
        return
    if not mine.update(state=State.DONE, done_at=now, failure_code=""):
        return
    PaymentSplit.objects.filter(pk=split.pk).update(
        refunding=F("refunding") - refund.amount, refunded=F("refunded") + refund.amount
    )
    earning = _take_back_earning(split, refund, currency=request.currency, now=now)
    if earning is None:
        debits = [Entry(receiver_of(split=split), refund.amount, request.currency)]
    else:
        debits = [
            Entry(Kind.ENTERPRISE_PAYABLE, -earning.net, request.currency, split.membership_id),
            Entry(Kind.COMMISSION, -earning.commission, request.currency),
            Entry(Kind.COMMISSION_TAX, -earning.commission_tax, request.currency),
        ]
    post(
        union=refund.union_id,
        kind="refund",
        reference=refund.reference,
        entries=[*debits, Entry(Kind.PROVIDER_CLEARING, -refund.amount, request.currency)],
        memo=split.reference,
        now=now,
    )
    publish(REFUND_DONE, aggregate=f"payment-split:{split.pk}", refund_id=refund.pk, reference=refund.reference)


def _take_back_earning(split: PaymentSplit, refund: Refund, *, currency: str, now: datetime) -> Earning | None:
    """The negative earning for a refund after the sale was earned; None before.

    Commission is what the rate gives on what remains, so that refunds in parts add up to the refund of the whole.
    """
    so_far = Earning.objects.filter(split=split).aggregate(
        gross=Sum("gross"), commission=Sum("commission"), commission_tax=Sum("commission_tax")
    )
    if so_far["gross"] is None:
        return None
    assert split.membership is not None  # what is the union's own is never earned
    commission_left = rate_of(so_far["gross"] - refund.amount, split.commission_bp)
    commission = commission_left - so_far["commission"]
    commission_tax = rate_of(commission_left, split.commission_tax_bp) - so_far["commission_tax"]
    return Earning.objects.create(
        union_id=refund.union_id,
        membership=split.membership,
        split=split,
        refund=refund,
        kind=Earning.Kind.REFUND,
        gross=-refund.amount,
        commission=commission,
        commission_tax=commission_tax,
        net=-refund.amount - commission - commission_tax,
        currency=currency,
        earned_at=now,
    )
