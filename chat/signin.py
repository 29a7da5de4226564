"""At sign-in what this browser talked about becomes the person's.

allauth tells of it by a signal only, so this edge listens to it; the rule itself is `claim_conversations`. At sign-out
core.live.end_session closes the sockets of the sign-in.
"""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import User
from chat.services.conversations import claim_conversations
from unions.middleware.visitor import visitor_in


@receiver(user_logged_in, dispatch_uid="chat.claim_conversations")
def take_conversations_along(request: HttpRequest, user: User, **_: Any) -> None:
    with scopes_disabled():
        claim_conversations(user=user, visitor=visitor_in(request.COOKIES), now=timezone.now())
