"""Whole addresses of stored pictures, for programs that read them from elsewhere."""

from __future__ import annotations

from urllib.parse import urljoin

from django.conf import settings


def media_address(path: str) -> str:
    """The address of a file in the media storage; empty for an empty path."""
    return urljoin(settings.SITE_ADDRESS.rstrip("/") + "/", f"{settings.MEDIA_URL}{path}") if path else ""
