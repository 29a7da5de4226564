"""What is kept of a person's ways to pay. Tokens are a bank's and nobody's business."""

from __future__ import annotations

from accounts.models import User
from core.personal import Tables, keeps, rows_of
from payments.models import PaymentAccount, PaymentRequest


@keeps("payments")
def payments_of(user: User) -> Tables:
    """Accounts, and what was asked of them."""
    mine = PaymentAccount.objects.filter(user=user).order_by("pk")
    yield "accounts", rows_of(mine, "provider", "label", "holder", "state", "verified_at", "created_at")
    asked = PaymentRequest.objects.filter(account__user=user).order_by("pk")
    yield "requests", rows_of(asked, "union__slug", "number", "reference", "amount", "currency", "state", "created_at")
