"""Asking the payer's bank: one row before, one call, one statement after. The measured path of a purchase."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime

from django.db import transaction

from core.statements import flush, prepared_cursor
from payments.events import REQUEST_AUTHORIZED, REQUEST_FAILED
from payments.models import PaymentRequest, ProviderCall
from payments.providers import Answer, Outcome
from payments.providers.interface import Instruction
from payments.services.calls import instruction_of, speak

State = PaymentRequest.State

_HEARD = """
WITH moved AS (
    UPDATE payments_paymentrequest
    SET state = %(state)s, provider_reference = %(reference)s, failure_code = %(code)s, confirm_url = %(url)s,
        answered_at = CASE WHEN %(final)s THEN %(now)s ELSE answered_at END
    WHERE id = %(id)s AND state = 'created'
    RETURNING id, reference
), parts AS (
    UPDATE payments_paymentsplit AS split SET authorized = amount FROM moved
    WHERE split.request_id = moved.id AND %(approved)s
), called AS (
    UPDATE payments_providercall SET answer = %(answer)s::jsonb, status = %(outcome)s, answered_at = %(now)s
    WHERE provider = %(provider)s AND idempotency_key = %(key)s
), told AS (
    INSERT INTO core_outboxevent (event_id, kind, aggregate, payload, created_at, attempts, last_error)
    SELECT gen_random_uuid(), %(event)s, 'payment-request:' || id,
           jsonb_build_object('request_id', id, 'reference', reference), %(now)s, 0, ''
    FROM moved WHERE %(final)s
)
SELECT id FROM moved
"""


def authorization_key(*, request_id: int) -> str:
    """Under which the provider is asked to authorize a payment request, always the same."""
    return f"authorize:{request_id}"


def merchant_of(*, union_id: int) -> str:
    """The union's account with a provider."""
    return f"union-{union_id}"


def authorize(
    *, payment_request: PaymentRequest, now: datetime, follow: Callable[[PaymentRequest], None] | None = None
) -> PaymentRequest:
    """Ask the provider for the whole amount and return the request as it is now: authorized, failed with a
    `failure_code`, or still created, then with a `confirm_url` for the payer or waiting for the provider's notice.

    The call was written down together with the request. Calling again asks with the same key and changes nothing that
    was decided. `follow` sees the request as it is now, in the transaction that puts the answer into effect. Must run
    outside of transactions.
    """
    if payment_request.state != State.CREATED:
        if follow is not None:
            follow(payment_request)
        return payment_request
    account = payment_request.account
    instruction = Instruction(
        key=authorization_key(request_id=payment_request.pk),
        merchant=merchant_of(union_id=payment_request.union_id),
        token=account.token if account else "",
        amount=payment_request.amount,
        currency=payment_request.currency,
        at=now,
        reference=payment_request.number,
    )
    return _ask(payment_request, instruction, now=now, follow=follow)


def authorize_again(*, call: ProviderCall, now: datetime) -> None:
    """Repeat a call that was written down and never answered: its process died, or the provider was silent."""
    request = PaymentRequest.objects.filter(pk=int(call.idempotency_key.partition(":")[2])).first()
    if request is None or request.state != State.CREATED:
        return
    _ask(request, instruction_of(call=call), now=now)


def _ask(
    request: PaymentRequest,
    instruction: Instruction,
    *,
    now: datetime,
    follow: Callable[[PaymentRequest], None] | None = None,
) -> PaymentRequest:
    if instruction.amount == 0:
        answer: Answer | None = Answer(Outcome.APPROVED)
    else:
        answer = speak(provider=request.provider, method="authorize", instruction=instruction)
    if answer is None:
        # Nothing is committed here that would carry the request to disk.
        flush()
        return request
    with nullcontext() if follow is None else transaction.atomic():
        hear_authorization(payment_request=request, answer=answer, now=now)
        if follow is not None:
            follow(request)
    return request


def hear_authorization(*, payment_request: PaymentRequest, answer: Answer, now: datetime) -> bool:
    """Put the answer into effect with one statement: request, all its splits (or none), the call's row, the event.

    Returns False when the request had been decided before; the object then shows what was decided. An approval that
    came too late is left to the caller, who voids it.
    """
    state, event = {
        Outcome.APPROVED: (State.AUTHORIZED, REQUEST_AUTHORIZED),
        Outcome.DECLINED: (State.FAILED, REQUEST_FAILED),
        Outcome.RETURNED: (State.FAILED, REQUEST_FAILED),
    }.get(answer.outcome, (State.CREATED, ""))
    final = state != State.CREATED
    with prepared_cursor() as cursor:
        cursor.execute(
            _HEARD,
            {
                "id": payment_request.pk,
                "state": state,
                "reference": answer.reference,
                "code": answer.code,
                "url": answer.confirm_url,
                "final": final,
                "approved": state == State.AUTHORIZED,
                "answer": json.dumps(answer.as_json()),
                "outcome": answer.outcome,
                "provider": payment_request.provider,
                "key": authorization_key(request_id=payment_request.pk),
                "event": event,
                "now": now,
            },
        )
        moved = cursor.fetchone() is not None
    if not moved:
        payment_request.refresh_from_db()
        return False
    payment_request.state = state
    payment_request.provider_reference = answer.reference
    payment_request.failure_code = answer.code
    payment_request.confirm_url = answer.confirm_url
    if final:
        payment_request.answered_at = now
    return True
