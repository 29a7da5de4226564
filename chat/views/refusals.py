"""Refusals for scripts: the window, the console, the service worker."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse

from core.errors import DomainError


def refused(error: DomainError) -> HttpResponse:
    """What went wrong and why, with its status."""
    return JsonResponse({"code": error.code, "detail": str(error.detail)}, status=error.status)
