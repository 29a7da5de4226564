"""Signing in, the wishes of this browser become the person's. allauth tells of it by a signal only, so this edge
listens to it; the rule itself is `claim_wishes`."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django_scopes import scopes_disabled

from accounts.models import User
from matching.services.remembering import claim_wishes
from unions.middleware.visitor import visitor_in


@receiver(user_logged_in, dispatch_uid="matching.claim_wishes")
def take_wishes_along(request: HttpRequest, user: User, **_: Any) -> None:
    with scopes_disabled():
        claim_wishes(user=user, visitor=visitor_in(request.COOKIES))
