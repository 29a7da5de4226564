"""Taking a payment request back: because the purchase was given up, or because nobody answered."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from core.outbox import publish
from payments.events import REQUEST_FAILED
from payments.models import PaymentRequest, PaymentSplit, ProviderCall
from payments.providers import Outcome
from payments.providers.interface import Instruction
from payments.services.authorization import authorization_key, merchant_of
from payments.services.calls import instruction_of, note_answer, require_no_transaction, speak, write_down
from payments.services.splits import void_split

State = PaymentRequest.State


def cancel_request(*, payment_request: PaymentRequest, now: datetime) -> PaymentRequest:
    """Take back a request: unanswered, it can never be approved any more; authorized, every part that was not
    captured is voided. What was captured stays: it is refunded part by part. Outside of transactions, idempotent.
    """
    require_no_transaction()
    if not _withdraw(payment_request, to=State.CANCELLED, code="", now=now):
        open_parts = PaymentSplit.objects.filter(
            request=payment_request,
            request__state=State.AUTHORIZED,
            state__in=(PaymentSplit.State.OPEN, PaymentSplit.State.VOIDING),
        )
        for reference in list(open_parts.order_by("pk").values_list("reference", flat=True)):
            void_split(union=payment_request.union, reference=reference, now=now)
    payment_request.refresh_from_db()
    return payment_request


def give_up_unanswered(*, now: datetime, limit: int = 500) -> int:
    """Fail requests whose bank or payer did not answer in time, and withdraw them with the provider. Says how many."""
    late = PaymentRequest.objects.select_related("union").filter(state=State.CREATED, expires_at__lte=now)
    given_up = 0
    for request in late.order_by("expires_at")[:limit]:
        given_up += _withdraw(request, to=State.FAILED, code="no_answer", now=now)
    return given_up


def _withdraw(request: PaymentRequest, *, to: str, code: str, now: datetime) -> bool:
    """created → `to`, with the withdrawal written down in the same transaction, then told to the provider."""
    with transaction.atomic():
        moved = PaymentRequest.objects.filter(pk=request.pk, state=State.CREATED).update(
            state=to, failure_code=code, answered_at=now
        )
        if not moved:
            return False
        instruction = _withdrawal(request, now=now)
        if instruction is not None:
            write_down(
                union_id=request.union_id, provider=request.provider, operation="void", instruction=instruction, now=now
            )
        # The authorization need not be asked for again, whatever became of it.
        ProviderCall.objects.filter(
            provider=request.provider, idempotency_key=authorization_key(request_id=request.pk), answered_at=None
        ).update(answered_at=now, status="given_up")
        publish(
            REQUEST_FAILED,
            aggregate=f"payment-request:{request.pk}",
            request_id=request.pk,
            reference=request.reference,
        )
    if instruction is not None:
        _tell(request.provider, instruction, now=now)
    return True


def withdraw_late_approval(*, request: PaymentRequest, now: datetime) -> None:
    """The provider approved a request that was already given up: give the money back at once."""
    instruction = _withdrawal(request, now=now)
    if instruction is None:
        return
    write_down(union_id=request.union_id, provider=request.provider, operation="void", instruction=instruction, now=now)
    _tell(request.provider, instruction, now=now)


def repeat_withdrawal(*, call: ProviderCall, now: datetime) -> None:
    """Tell the provider again about a withdrawal that it has not answered."""
    _tell(call.provider, instruction_of(call=call), now=now)


def _withdrawal(request: PaymentRequest, *, now: datetime) -> Instruction | None:
    """None when the payer has not consented yet: the provider never heard of it."""
    first = ProviderCall.objects.filter(
        provider=request.provider, idempotency_key=authorization_key(request_id=request.pk)
    ).first()
    if first is None:
        return None
    return Instruction(
        key=f"withdraw:{request.pk}",
        merchant=merchant_of(union_id=request.union_id),
        token=first.asked["token"],
        amount=request.amount,
        currency=request.currency,
        at=now,
        authorization=authorization_key(request_id=request.pk),
        reference=request.number,
    )


def _tell(provider: str, instruction: Instruction, *, now: datetime) -> None:
    answer = speak(provider=provider, method="void", instruction=instruction)
    if answer is not None and answer.outcome in (Outcome.APPROVED, Outcome.DECLINED):
        note_answer(provider=provider, key=instruction.key, answer=answer, now=now)
