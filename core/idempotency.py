"""The same key and body give the same answer; the same key and another body are refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.models import IdempotencyRecord


class KeyReused(DomainError):
    code = "idempotency_key_reused"
    status = 422
    detail = _("This idempotency key was used before for another request.")


def fingerprint(*parts: Any) -> str:
    """A hash of the request's method, path and body, independent of the order of JSON keys."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


@transaction.atomic
def answer_once(
    *, actor: str, key: str, request_hash: str, work: Callable[[], tuple[int, Any]]
) -> tuple[int, Any, bool]:
    """Do the work once for (actor, key) and return (status, answer, repeated).

    A second request waits for the first by the unique index, then receives its answer. When the work raises, nothing
    is kept and the key can be used again. Raises KeyReused when the same key comes with another request.
    """
    record, created = IdempotencyRecord.objects.get_or_create(
        actor=actor, key=key, defaults={"request_hash": request_hash}
    )
    if not created:
        if record.request_hash != request_hash:
            raise KeyReused
        if record.status is not None:
            return record.status, record.answer, True
    status, answer = work()
    IdempotencyRecord.objects.filter(pk=record.pk).update(status=status, answer=answer)
    return status, answer, False
