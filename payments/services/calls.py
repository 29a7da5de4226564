"""Talking to providers: a row before the call, the answer on the row after it, the same key for every repeat."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection

from payments.models import ProviderCall
from payments.providers import Answer, ProviderSilent, provider_named
from payments.providers.interface import Instruction

logger = logging.getLogger(__name__)

_ASK = """
INSERT INTO payments_providercall (union_id, provider, operation, idempotency_key, reference, asked, status, asked_at)
VALUES (%s, %s, %s, %s, %s, %s::jsonb, '', %s)
ON CONFLICT (provider, idempotency_key) DO NOTHING
"""
_ANSWERED = """
UPDATE payments_providercall SET answer = %s::jsonb, status = %s, answered_at = %s
WHERE provider = %s AND idempotency_key = %s
"""


def require_no_transaction() -> None:
    """No network call inside a transaction: it would hold locks for as long as the provider thinks.

    Raises RuntimeError, as it is a mistake of the caller. A test's own surrounding transaction does not count.
    """
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise RuntimeError("A payment provider must be called outside of transactions.")


def write_down(*, union_id: int | None, provider: str, operation: str, instruction: Instruction, now: datetime) -> None:
    """The row that says this will be asked; a repeat finds it there."""
    with connection.cursor() as cursor:
        cursor.execute(
            _ASK,
            [
                union_id,
                provider,
                operation,
                instruction.key,
                instruction.reference,
                asked_json(instruction=instruction),
                now,
            ],
        )


def speak(*, provider: str, method: str, instruction: Instruction) -> Answer | None:
    """Ask the provider; None when no answer came and the call stays open for the sweeper."""
    require_no_transaction()
    call: Callable[[Instruction], Answer] = getattr(provider_named(provider), method)
    try:
        return call(instruction)
    except ProviderSilent:
        return None
    except OSError:
        logger.exception("provider %s could not be reached for %s", provider, instruction.key)
        return None


def note_answer(*, provider: str, key: str, answer: Answer, now: datetime) -> None:
    """Complete the row of a call with what was answered."""
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, [json.dumps(answer.as_json()), answer.outcome, now, provider, key])


def asked_json(*, instruction: Instruction) -> str:
    """What is kept of an instruction, enough to give it again after a crash."""
    return json.dumps(
        {
            "merchant": instruction.merchant,
            "token": instruction.token,
            "amount": instruction.amount,
            "currency": instruction.currency,
            "authorization": instruction.authorization,
        }
    )


def instruction_of(*, call: ProviderCall) -> Instruction:
    """The instruction as it was given the first time."""
    asked: dict[str, Any] = call.asked
    return Instruction(
        key=call.idempotency_key,
        merchant=asked["merchant"],
        token=asked["token"],
        amount=asked["amount"],
        currency=asked["currency"],
        at=call.asked_at,
        authorization=asked["authorization"],
        reference=call.reference,
    )
