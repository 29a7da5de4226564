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

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.utils.encoders import JSONEncoder

from core.errors import DomainError
from core.models import IdempotencyRecord
from core.statements import NO_FLUSH, rows_of, tuples_of

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
    *,
    actor: str,
    key: str,
    request_hash: str,
    work: Callable[[], tuple[int, Any]],
    now: datetime,
    repeatable: bool = False,
) -> tuple[int, Any, bool]:
    """Do the work once for (actor, key) and return (status, answer, repeated); the answer must be JSON.

    When the work raises, the claim is dropped and the key can be used again. `repeatable` work ends in the same when
    it is done again and is durable by itself, so its kept answer needs no flush to disk of its own.
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
    rows_of(_KEEP_SOON if repeatable else _KEEP, {"status": status, "answer": text, "actor": actor, "key": key})
    return status, json.loads(text), False


def form_once(*, request: HttpRequest, actor: str, work: Callable[[], Any], now: datetime) -> Any:
    """Do a form's work once, however often it is sent; a refusal leaves no note, and the form can be sent again.

    Work and note are one transaction: a second press waits for the first and has its answer, and a kill leaves neither.
    """
    key, body = _form_key(request)
    with transaction.atomic():
        _status, answer, _repeated = answer_once(
            actor=actor, key=key, request_hash=body, work=lambda: (303, work()), now=now
        )
    return answer


def form_was_done(*, request: HttpRequest, actor: str) -> bool:
    """Whether this very form was sent before and has done its work: then there may be less left to choose by now."""
    key, _body = _form_key(request)
    done = IdempotencyRecord.objects.filter(actor=actor, key=key, status__isnull=False)
    return request.method == "POST" and done.exists()


def _form_key(request: HttpRequest) -> tuple[str, str]:
    """What a form is known by: the `once` of its page together with all that was entered."""
    fields = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    files = {name: [file.size for file in files] for name, files in request.FILES.lists()}
    body = fingerprint(request.path, fields, files)
    return f"form:{request.POST.get('once', '')[:40]}:{body}", body


# A claim guards against the others of this moment. It needs no flush of its own: what the work commits is flushed after
# it and carries it along, and if nothing else reached the disk there is nothing to guard. Within a caller's transaction
# it is committed with the work itself, which has to reach the disk.
_INSERT = """
INSERT INTO core_idempotencyrecord AS record (actor, key, request_hash, created_at)
SELECT %(actor)s, %(key)s, %(hash)s, %(now)s {source}
ON CONFLICT (actor, key) DO UPDATE SET created_at = excluded.created_at
  WHERE record.status IS NULL AND record.request_hash = excluded.request_hash AND record.created_at < %(stale)s
RETURNING id
"""
_CLAIM_WITHIN = _INSERT.format(source="")
_CLAIM = f"WITH {NO_FLUSH}{_INSERT.format(source='FROM no_flush')}"
_KEEP = """
UPDATE core_idempotencyrecord SET status = %(status)s, answer = %(answer)s::jsonb
WHERE actor = %(actor)s AND key = %(key)s
RETURNING id
"""
_KEEP_SOON = f"""
WITH {NO_FLUSH}
UPDATE core_idempotencyrecord SET status = %(status)s, answer = %(answer)s::jsonb
FROM no_flush WHERE actor = %(actor)s AND key = %(key)s
RETURNING id
"""


def _claim(*, actor: str, key: str, request_hash: str, now: datetime) -> bool:
    """Whether this request is the one to do the work: the first with the key, or the heir of one that died."""
    values = {"actor": actor, "key": key, "hash": request_hash, "now": now, "stale": now - CLAIM_LASTS}
    return bool(tuples_of(_CLAIM_WITHIN if connection.in_atomic_block else _CLAIM, values))
