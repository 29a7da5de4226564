"""Signing in, talks and codes of this browser become the person's; signing out, it is called no more.

allauth and Django tell of it by signals only, so this edge listens to them; the rules themselves are
`claim_conversations`, `claim_codes` and `unsubscribe`. core.live.end_session closes the sockets of the sign-in.
"""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_logged_in
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import User
from chat.services.codes import claim_codes
from chat.services.conversations import claim_conversations
from chat.services.push import ENDPOINT, unsubscribe
from unions.middleware.visitor import visitor_in


@receiver(user_logged_in, dispatch_uid="chat.claim_conversations")
def take_conversations_along(request: HttpRequest, user: User, **_: Any) -> None:
    with scopes_disabled():
        visitor = visitor_in(request.COOKIES)
        claim_conversations(user=user, visitor=visitor, now=timezone.now())
        claim_codes(user=user, visitor=visitor)


@receiver(user_logged_out, dispatch_uid="chat.withdraw_push")
def withdraw_push(request: HttpRequest, user: User | None, **_: Any) -> None:
    """A phone that was given back rings for nobody."""
    endpoint = request.session.get(ENDPOINT)
    if user is not None and endpoint:
        unsubscribe(user=user, endpoint=endpoint)
