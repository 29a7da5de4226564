"""At sign-in what this browser looked at, with its owner's consent, is joined to the person.

allauth tells of it by a signal only, so this edge listens to it; the work itself is done after commit.
"""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from core.outbox import publish
from unions.cookies import has_consent
from unions.events import BROWSER_SIGNED_IN
from unions.middleware.visitor import visitor_in


@receiver(user_logged_in, dispatch_uid="unions.join_browsing")
def join_browsing(request: HttpRequest, user: User, **_: Any) -> None:
    visitor = visitor_in(request.COOKIES)
    if visitor and has_consent(request.COOKIES):
        publish(BROWSER_SIGNED_IN, aggregate=f"user:{user.pk}", user_id=user.pk, visitor=visitor)
