"""A line's picture for the components."""

from __future__ import annotations

from django.conf import settings


def picture_of(cover: str) -> dict[str, str]:
    """`{"src": …}` for a stored picture; empty without one."""
    return {"src": f"{settings.MEDIA_URL}{cover}"} if cover else {}
