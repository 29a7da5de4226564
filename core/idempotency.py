"""The same key and body give the same answer; the same key and another body are refused.

The key is claimed and committed before the work starts, so the work may speak to a payment provider without holding a
transaction open. A claim whose process died can be taken over after `CLAIM_LASTS`: the services behind it are
idempotent themselves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _
from rest_framework.utils.encoders import JSONEncoder

from core.errors import DomainError
from core.models import IdempotencyRecord

CLAIM_LASTS = timedelta(seconds=60)


class KeyReused(DomainError):
    """The key came before with another request."""

    code = "idempotency_key_reused"
    status = 422
    detail = _("This idempotency key was used before for another request.")


class StillWorking(DomainError):
    """The first request with this key has not been answered yet."""

    code = "idempotency_in_progress"
    detail = _("The first request with this key is still being worked on. Try again in a moment.")


def fingerprint(*parts: Any) -> str:
    """A hash of the request's method, path and body, independent of the order of JSON keys."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def answer_once(
    *, actor: str, key: str, request_hash: str, work: Callable[[], tuple[int, Any]], now: datetime
) -> tuple[int, Any, bool]:
    """Do the work once for (actor, key) and return (status, answer, repeated); the answer must be JSON.

    When the work raises, the claim is dropped and the key can be used again.
    Raises KeyReused, StillWorking.
    """
    if not _claim(actor=actor, key=key, request_hash=request_hash, now=now):
        record = IdempotencyRecord.objects.get(actor=actor, key=key)
        if record.request_hash != request_hash:
            raise KeyReused
        if record.status is None:
            raise StillWorking
        return record.status, record.answer, True
    try:
        status, answer = work()
    except BaseException:
        IdempotencyRecord.objects.filter(actor=actor, key=key, status=None).delete()
        raise
    text = json.dumps(answer, cls=JSONEncoder)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_idempotencyrecord SET status = %s, answer = %s::jsonb WHERE actor = %s AND key = %s",
            [status, text, actor, key],
        )
    return status, json.loads(text), False


def _claim(*, actor: str, key: str, request_hash: str, now: datetime) -> bool:
    """Whether this request is the one to do the work: the first with the key, or the heir of one that died."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO core_idempotencyrecord AS record (actor, key, request_hash, created_at)
            VALUES (%s, %s, %s, %s)
            ON CONFLICT (actor, key) DO UPDATE SET created_at = excluded.created_at
              WHERE record.status IS NULL AND record.request_hash = excluded.request_hash AND record.created_at < %s
            RETURNING id
            """,
            [actor, key, request_hash, now, now - CLAIM_LASTS],
        )
        return cursor.fetchone() is not None
