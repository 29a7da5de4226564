"""Reactions to what happens below: somebody is erased."""

from __future__ import annotations

from typing import Any

from core.outbox import handles
from payments.models import PaymentAccount
from payments.models.accounts import AccountState
from unions.events import PERSON_ERASED


@handles(PERSON_ERASED)
def forget_payer(*, user_id: int, **_: Any) -> None:
    """Their accounts are nobody's. The bank's token stays with the payments made from it: money may have to go back."""
    PaymentAccount.objects.filter(user=user_id).update(
        user=None, holder="", label="", is_default=False, state=AccountState.REVOKED
    )
