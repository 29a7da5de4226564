"""At sign-in, and when an address is proved, vouchers that guests bought with it become the person's.

allauth tells of both by signals only, so this edge listens to them; the rule itself is `claim_vouchers`.
"""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, user_logged_in
from django.dispatch import receiver
from django_scopes import scopes_disabled

from accounts.models import User
from ascc.queries.vouchers import proved_addresses
from ascc.services.passing_on import claim_vouchers


@receiver(user_logged_in, dispatch_uid="ascc.claim_vouchers")
def take_vouchers_along(user: User, **_: Any) -> None:
    with scopes_disabled():
        for email in proved_addresses(user):
            claim_vouchers(user=user, email=email)


@receiver(email_confirmed, dispatch_uid="ascc.claim_vouchers_of_address")
def take_vouchers_of_address(email_address: EmailAddress, **_: Any) -> None:
    with scopes_disabled():
        claim_vouchers(user=email_address.user, email=email_address.email)
