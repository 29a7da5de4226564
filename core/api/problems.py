"""Every error of the API is an RFC 9457 problem document with a stable `code`."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core.errors import DomainError

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
BROKEN = "Something went wrong on our side. It has been written down; please try again later."


def problem_body(*, status: int, code: str, detail: str, **facts: Any) -> dict[str, Any]:
    """A problem document. `title` is the status in words, `code` is what programs should look at."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    return {**body, **facts}


def problem(*, status: int, code: str, detail: str, **facts: Any) -> Response:
    """A problem document as an answer of a view."""
    return Response(
        problem_body(status=status, code=code, detail=detail, **facts), status=status, content_type=MEDIA_TYPE
    )


def plain_problem(request: HttpRequest, *, status: int, code: str, detail: str) -> JsonResponse:
    """A problem document for errors that happen outside of all views."""
    return JsonResponse(problem_body(status=status, code=code, detail=detail), status=status, content_type=MEDIA_TYPE)


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler for the whole API."""
    if isinstance(error, DomainError):
        set_rollback()
        return problem(status=error.status, code=error.code, detail=str(error), **error.facts)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, SuspiciousOperation):
        error = exceptions.ParseError("This request cannot be read.")
    set_rollback()
    if not isinstance(error, exceptions.APIException):
        return _broken(error, context)
    if isinstance(error, exceptions.ValidationError):
        response = problem(
            status=422, code="invalid", detail="Some entries are not valid.", errors=error.get_full_details()
        )
    else:
        codes = error.get_codes()
        response = problem(
            status=error.status_code,
            code=codes if isinstance(codes, str) else error.default_code,
            detail=str(error.detail),
        )
    wait = getattr(error, "wait", None)
    if wait is not None:
        response["Retry-After"] = str(max(1, int(wait + 0.999)))
    if getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    return response


def _broken(error: Exception, context: dict[str, Any]) -> Response:
    """An error of ours: written to the log and told to whoever listens, as Django does it for pages."""
    request = context["request"]
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    got_request_exception.send(sender=None, request=request)
    return problem(status=500, code="internal_error", detail=BROKEN)
