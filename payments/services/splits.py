"""Capturing and voiding one payee's part: claimed by a conditional update, asked outside, put into effect once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, NotFound, WrongState
from core.outbox import publish
from payments.events import SPLIT_CAPTURED, SPLIT_VOIDED
from payments.models import LedgerAccount, PaymentRequest, PaymentSplit, ProviderCall
from payments.providers import Answer, Outcome
from payments.providers.interface import Instruction
from payments.services.authorization import authorization_key, merchant_of
from payments.services.calls import instruction_of, note_answer, speak
from payments.services.ledger import Entry, post
from unions.models import Union

State = PaymentSplit.State
Kind = LedgerAccount.Kind


class CaptureDeclined(DomainError):
    """The provider refused to collect the money."""

    code = "capture_declined"
    status = 402
    detail = _("The payer's bank refused to hand over the money. Try again, or cancel the order.")


class NoAnswerYet(DomainError):
    """The provider has not answered; whether it acted is not known, and the sweeper asks again."""

    code = "provider_silent"
    status = 503
    detail = _("The payment provider has not answered yet. It is asked again by itself.")


_CLAIM = """
WITH mine AS (
    UPDATE payments_paymentsplit AS split SET state = %(doing)s
    FROM payments_paymentrequest AS request
    WHERE split.union_id = %(union)s AND split.reference = %(reference)s AND request.id = split.request_id
        AND request.state = 'authorized' AND split.state IN ('open', %(doing)s)
    RETURNING split.id, split.attempt, split.amount, request.id AS request_id, request.number, request.currency,
        request.provider, request.account_id
), known AS (
    SELECT mine.*, first.asked ->> 'token' AS token FROM mine
    JOIN payments_providercall AS first
        ON first.provider = mine.provider AND first.idempotency_key = 'authorize:' || mine.request_id
), call AS (
    INSERT INTO payments_providercall (union_id, provider, operation, idempotency_key, reference, asked, status,
        asked_at)
    SELECT %(union)s, provider, %(operation)s, %(operation)s || ':' || id || ':' || attempt, %(reference)s,
        jsonb_build_object('merchant', %(merchant)s, 'token', token, 'amount', amount, 'currency', currency,
            'authorization', 'authorize:' || request_id), '', %(now)s
    FROM known ON CONFLICT (provider, idempotency_key) DO NOTHING
)
SELECT id, attempt, amount, request_id, currency, provider, token FROM known
"""


def capture_split(*, union: Union, reference: str, now: datetime) -> PaymentSplit:
    """Collect the whole of an authorized split; twice is once. Must run outside of transactions.

    Posts provider clearing to orders held, or to the union's income. Raises WrongState when it was voided or is not
    authorized, CaptureDeclined when the payer's bank refused, NoAnswerYet when nobody knows (it is then asked again by
    itself).
    """
    return _carry_out(union, reference, doing=State.CAPTURING, done=State.CAPTURED, operation="capture", now=now)


def void_split(*, union: Union, reference: str, now: datetime) -> PaymentSplit:
    """Give the whole of an authorized split back to the payer; twice is once. Must run outside of transactions.

    Raises WrongState when it was captured or is not authorized, NoAnswerYet when nobody knows.
    """
    return _carry_out(union, reference, doing=State.VOIDING, done=State.VOIDED, operation="void", now=now)


def _carry_out(union: Union, reference: str, *, doing: str, done: str, operation: str, now: datetime) -> PaymentSplit:
    claim = _claim(union, reference, doing=doing, operation=operation, now=now)
    if claim is None:
        split = split_of(union=union, reference=reference)
        if split.state == done:
            return split
        raise WrongState(state=split.state)
    instruction = Instruction(
        key=f"{operation}:{claim['id']}:{claim['attempt']}",
        merchant=merchant_of(union_id=union.pk),
        token=claim["token"],
        amount=claim["amount"],
        currency=claim["currency"],
        at=now,
        authorization=authorization_key(request_id=claim["request_id"]),
        reference=reference,
    )
    _ask(claim["id"], claim["provider"], operation, instruction, now=now)
    return split_of(union=union, reference=reference)


def repeat_split_call(*, call: ProviderCall, now: datetime) -> None:
    """Finish a capture or void that was written down and never answered."""
    split_id, attempt = (int(part) for part in call.idempotency_key.split(":")[1:])
    doing = State.CAPTURING if call.operation == "capture" else State.VOIDING
    if PaymentSplit.objects.filter(pk=split_id, attempt=attempt, state=doing).exists():
        _ask(split_id, call.provider, call.operation, instruction_of(call=call), now=now)


def _claim(union: Union, reference: str, *, doing: str, operation: str, now: datetime) -> dict[str, Any] | None:
    """Take the split for one operation and write the call down; None when something else has it or had it."""
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "union": union.pk,
                "reference": reference,
                "doing": doing,
                "operation": operation,
                "merchant": merchant_of(union_id=union.pk),
                "now": now,
            },
        )
        row = cursor.fetchone()
    names = ("id", "attempt", "amount", "request_id", "currency", "provider", "token")
    return dict(zip(names, row, strict=True)) if row else None


def _ask(split_id: int, provider: str, operation: str, instruction: Instruction, *, now: datetime) -> None:
    answer = (
        speak(provider=provider, method=operation, instruction=instruction)
        if instruction.amount
        else Answer(Outcome.APPROVED)
    )
    if answer is None:
        raise NoAnswerYet
    if operation == "capture":
        hear_capture(split_id=split_id, key=instruction.key, answer=answer, now=now)
        if answer.outcome != Outcome.APPROVED:
            raise CaptureDeclined(reason=answer.code)
    else:
        hear_void(split_id=split_id, key=instruction.key, answer=answer, now=now)


@transaction.atomic
def hear_capture(*, split_id: int, key: str, answer: Answer, now: datetime) -> None:
    """Put the provider's answer to a capture into effect, once."""
    request, split = _locked(split_id)
    note_answer(provider=request.provider, key=key, answer=answer, now=now)
    mine = PaymentSplit.objects.filter(pk=split_id, state=State.CAPTURING)
    if answer.outcome != Outcome.APPROVED:
        mine.update(state=State.OPEN, attempt=F("attempt") + 1)
        return
    if not mine.update(state=State.CAPTURED, captured=F("authorized")):
        return
    _move_request(request)
    post(
        union=split.union_id,
        kind="capture",
        reference=split.reference,
        entries=[
            Entry(Kind.PROVIDER_CLEARING, split.amount, request.currency),
            Entry(receiver_of(split=split), -split.amount, request.currency),
        ],
        now=now,
    )
    publish(SPLIT_CAPTURED, aggregate=f"payment-split:{split_id}", split_id=split_id, reference=split.reference)


@transaction.atomic
def hear_void(*, split_id: int, key: str, answer: Answer, now: datetime) -> None:
    """Put the provider's answer to a void into effect, once. A refused void stays open and is looked at by people."""
    request, split = _locked(split_id)
    note_answer(provider=request.provider, key=key, answer=answer, now=now)
    if answer.outcome != Outcome.APPROVED:
        return
    if PaymentSplit.objects.filter(pk=split_id, state=State.VOIDING).update(state=State.VOIDED, voided=F("authorized")):
        _move_request(request)
        publish(SPLIT_VOIDED, aggregate=f"payment-split:{split_id}", split_id=split_id, reference=split.reference)


def receiver_of(*, split: PaymentSplit) -> LedgerAccount.Kind:
    """Where captured money waits: an enterprise earns it later, what is the union's own is income at once."""
    return Kind.ORDERS_HELD if split.membership_id is not None else Kind.DUES_INCOME


def split_of(*, union: Union, reference: str) -> PaymentSplit:
    """Raises NotFound."""
    split = PaymentSplit.objects.select_related("request").filter(union=union, reference=reference).first()
    if split is None:
        raise NotFound
    return split


def _locked(split_id: int) -> tuple[PaymentRequest, PaymentSplit]:
    """The request locked before its split: siblings finishing at once see each other and one of them closes it.

    The split before its call to the provider, as `_CLAIM` takes them: two workers at one split wait in one order.
    """
    request = PaymentRequest.objects.select_for_update(no_key=True, of=("self",)).get(splits=split_id)
    split = PaymentSplit.objects.select_for_update(no_key=True, of=("self",)).get(pk=split_id)
    return request, split


def _move_request(request: PaymentRequest) -> None:
    """Once every part is captured or voided the request is captured, or cancelled when nothing was."""
    splits = PaymentSplit.objects.filter(request=request)
    if splits.exclude(state__in=(State.CAPTURED, State.VOIDED)).exists():
        return
    captured = splits.filter(state=State.CAPTURED).exists()
    PaymentRequest.objects.filter(Q(pk=request.pk), state=PaymentRequest.State.AUTHORIZED).update(
        state=PaymentRequest.State.CAPTURED if captured else PaymentRequest.State.CANCELLED
    )
