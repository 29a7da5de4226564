"""At sign-in what this browser talked about, and the codes it entered, become the person's.

allauth tells of it by a signal only, so this edge listens to it; the rules themselves are `claim_conversations` and
`claim_codes`. At sign-out core.live.end_session closes the sockets of the sign-in.
"""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import User
from chat.services.codes import claim_codes
from chat.services.conversations import claim_conversations
from unions.middleware.visitor import visitor_in


@receiver(user_logged_in, dispatch_uid="chat.claim_conversations")
def take_conversations_along(request: HttpRequest, user: User, **_: Any) -> None:
    with scopes_disabled():
        visitor = visitor_in(request.COOKIES)
        claim_conversations(user=user, visitor=visitor, now=timezone.now())
        claim_codes(user=user, visitor=visitor)
