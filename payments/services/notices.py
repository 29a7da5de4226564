"""What providers say unasked: late, twice, or after we have given up."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, NotFound
from payments.models import PaymentRequest, ProviderCall
from payments.providers import Answer, Outcome, provider_named
from payments.services.authorization import hear_authorization
from payments.services.payouts import hear_payout
from payments.services.refunds import hear_refund
from payments.services.withdrawal import withdraw_late_approval

_NOTED = """
INSERT INTO payments_providercall (union_id, provider, operation, idempotency_key, reference, asked, answer, status,
    asked_at, answered_at)
SELECT union_id, provider, 'notice', %(notice)s, reference, %(payload)s::jsonb, %(answer)s::jsonb, %(outcome)s,
    %(now)s, %(now)s
FROM payments_providercall WHERE provider = %(provider)s AND idempotency_key = %(key)s
ON CONFLICT (provider, idempotency_key) DO NOTHING
"""


def take_notice(*, provider: str, payload: dict[str, Any], now: datetime) -> None:
    """Hear a provider's notice `{"notice": its id, "key": the call it is about}`, any number of times.

    The notice itself is not believed: the provider is asked what it answered to that key, and that is put into
    effect where nothing was decided yet. Outside of transactions. Raises Invalid and NotFound.
    """
    key, notice = str(payload.get("key", "")), str(payload.get("notice", ""))
    if not key or not notice:
        raise Invalid(_("This notice says nothing."))
    call = ProviderCall.objects.filter(provider=provider, idempotency_key=key).first()
    if call is None:
        raise NotFound
    answer = provider_named(provider).answers(key)
    _note(provider, key, f"notice:{notice}"[:120], payload, answer, now=now)
    if answer is None:
        return
    subject = int(key.split(":")[1])
    if call.operation == ProviderCall.Operation.AUTHORIZE:
        _hear_about_request(subject, answer, now=now)
    elif call.operation == ProviderCall.Operation.PAYOUT:
        hear_payout(payout_id=subject, key=key, answer=answer, now=now)
    elif call.operation == ProviderCall.Operation.REFUND:
        hear_refund(refund_id=subject, key=key, answer=answer, now=now)


def _hear_about_request(request_id: int, answer: Answer, *, now: datetime) -> None:
    request = PaymentRequest.objects.get(pk=request_id)
    if hear_authorization(payment_request=request, answer=answer, now=now):
        return
    given_up = request.state in (PaymentRequest.State.FAILED, PaymentRequest.State.CANCELLED)
    if answer.outcome == Outcome.APPROVED and given_up:
        withdraw_late_approval(request=request, now=now)


def _note(
    provider: str, key: str, notice: str, payload: dict[str, Any], answer: Answer | None, *, now: datetime
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTED,
            {
                "provider": provider,
                "key": key,
                "notice": notice,
                "payload": json.dumps(payload),
                "answer": json.dumps(answer.as_json() if answer else None),
                "outcome": answer.outcome if answer else "undecided",
                "now": now,
            },
        )
