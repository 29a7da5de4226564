"""What follows when a sign-in ends."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from core.live import end_session


# Django's own signal: the shop's pages and the administration sign out by different ways that only it has in common.
@receiver(user_logged_out)
def close_sockets(*, request: HttpRequest, **_: Any) -> None:
    """Whoever signs out on a shared computer leaves no page behind that goes on listening."""
    if request.session.session_key:
        end_session(request.session.session_key)
