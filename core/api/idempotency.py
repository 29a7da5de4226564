"""`Idempotency-Key` on POSTs: the same key and body give the same answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from core.clients import address_of
from core.errors import DomainError
from core.idempotency import answer_once, fingerprint


class KeyMissing(DomainError):
    """A request that moves money or goods came without a key."""

    code = "idempotency_key_required"
    status = 400
    detail = _("Send an Idempotency-Key header with this request, so that it can safely be sent again.")


def actor_of(request: Request) -> str:
    """Whose keys these are: an API key's, or those of a guest, known by the tokens they hold and else by their address.

    Two guests who choose the same key must not read each other's answers: those carry tokens of their own.
    """
    if request.auth is not None:
        return f"key:{request.auth.pk}"
    held = sorted(f"{name}: {token}" for name, token in request.headers.items() if name.endswith("-Token"))
    return f"guest:{fingerprint(*(held or [str(address_of(request))]))}"


def once(
    request: Request, work: Callable[[], tuple[int, Any]], *, required: bool = True, repeatable: bool = False
) -> Response:
    """Answer the request once per `Idempotency-Key`; without `required` a request without a key is simply done.

    For `repeatable` see `answer_once`.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        if required:
            raise KeyMissing
        status, answer = work()
        return Response(answer, status=status)
    if len(key) > 200:
        raise KeyMissing(_("An Idempotency-Key has at most 200 characters."))
    status, answer, repeated = answer_once(
        actor=actor_of(request),
        key=key,
        request_hash=fingerprint(request.method, request.path, request.data),
        work=work,
        now=timezone.now(),
        repeatable=repeatable,
    )
    response = Response(answer, status=status)
    if repeated:
        response["Idempotency-Replayed"] = "true"
    return response
