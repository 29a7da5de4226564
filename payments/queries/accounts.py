"""Whose payment and payout accounts these are, and how people and programs name them.

Whoever asks about a member (`membership`) has checked that the reader acts for it: stores know that, this app does not.
"""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User
from core.errors import NotFound
from core.numbers import row_id
from payments.models import PaymentAccount, PayoutAccount
from payments.models.accounts import AccountState
from unions.models import Membership


def payment_accounts_of(user: User) -> QuerySet[PaymentAccount]:
    """A person's own accounts, the one used first on top; removed ones are not shown."""
    return PaymentAccount.objects.filter(user=user).exclude(state=AccountState.REVOKED)


def payment_account_of(user: User, pk: str) -> PaymentAccount:
    """One of the person's own accounts. Raises NotFound."""
    account = payment_accounts_of(user).filter(pk=row_id(pk) or 0).first()
    if account is None:
        raise NotFound
    return account


def payment_account_named(user: User, name: str) -> PaymentAccount:
    """The person's account with this public id. Raises NotFound."""
    for account in payment_accounts_of(user):
        if constant_time_compare(public_id(account), name):
            return account
    raise NotFound


def verified_accounts_of(user: User) -> list[PaymentAccount]:
    """The accounts that the person can pay with, the one used first on top."""
    return list(PaymentAccount.objects.filter(user=user, state=AccountState.VERIFIED))


def default_account(user: User) -> PaymentAccount | None:
    """The verified account that is used first."""
    return PaymentAccount.objects.filter(user=user, is_default=True, state=AccountState.VERIFIED).first()


def public_id(account: PaymentAccount) -> str:
    """What programs call a payment account: a text that does not count up."""
    return salted_hmac("payments.payment-account", str(account.pk)).hexdigest()[:20]


def payout_accounts_of(membership: Membership) -> QuerySet[PayoutAccount]:
    """A member's payout accounts that are in use or wait for their code."""
    return (
        PayoutAccount.objects.filter(union_id=membership.union_id, membership=membership)
        .exclude(state=AccountState.REVOKED)
        .order_by("-state", "-id")
    )


def payout_account_of(membership: Membership, pk: str) -> PayoutAccount:
    """One of the member's payout accounts. Raises NotFound."""
    account = payout_accounts_of(membership).filter(pk=row_id(pk) or 0).first()
    if account is None:
        raise NotFound
    return account


def can_be_paid_out(membership: Membership) -> bool:
    """Whether the member has a verified account for its earnings."""
    accounts = PayoutAccount.objects.filter(union_id=membership.union_id, membership=membership)
    return accounts.filter(state=AccountState.VERIFIED).exists()
