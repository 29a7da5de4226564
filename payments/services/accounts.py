"""Authenticated accounts: added, verified by the code beside a small amount, preferred, revoked. Tokens only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, WrongState, constraint_of
from payments.models import PaymentAccount, PayoutAccount
from payments.models.accounts import AccountState
from payments.providers import provider_named
from payments.providers.interface import AccountGrant
from payments.services.tries import MOST_TRIES, count_try, fingerprint_of, forget_tries, owner_of, tries_used_up
from unions.models import Membership

INSERT_GUEST_ACCOUNT = """
    INSERT INTO payments_paymentaccount
        (user_id, provider, token, label, holder, state, is_default, tries, verified_at, created_at)
    SELECT NULL, %(provider)s, %(account_token)s, %(label)s, %(holder)s, 'verified', false, 0, %(now)s, %(now)s
"""
"""How `add_payment_account` adds a guest's account, as a part of a statement of the checkout's."""


class AccountKnown(DomainError):
    """The same account is kept already."""

    code = "account_known"
    detail = _("You have added this account already.")


class WrongCode(DomainError):
    """The code is not the one that the provider sent."""

    code = "wrong_code"
    status = 422
    detail = _("This is not the code that came with the small amount.")


class TooManyTries(DomainError):
    """Wrong codes were typed too often; the account has to be added again."""

    code = "too_many_tries"
    status = 422
    detail = _("That was the wrong code too often. The account was removed; you can add it again tomorrow.")


def add_payment_account(*, user: User | None, provider: str, details: dict[str, Any], now: datetime) -> PaymentAccount:
    """Add an account by the details its provider understands (the bank: `{"token", "holder"}`).

    A person's account waits for its code, which is on its way with a small amount. A guest's (user None) serves one
    purchase and is verified at once: the bank authenticates each single payment anyway.
    Raises Invalid for an account that the provider does not know, AccountKnown, TooManyTries for one at whose code
    this person has guessed too often today.
    """
    grant = ask_provider(provider=provider, details=details)
    if user is None:
        return PaymentAccount.objects.create(
            provider=provider,
            token=grant.token,
            label=grant.label,
            holder=grant.holder,
            state=AccountState.VERIFIED,
            verified_at=now,
        )
    _refuse_guessers(f"user:{user.pk}", provider, grant, now=now)
    known = PaymentAccount.objects.filter(user=user, provider=provider, token=grant.token).first()
    if known is not None:
        return _add_again(known)
    try:
        with transaction.atomic():
            return PaymentAccount.objects.create(
                user=user, provider=provider, token=grant.token, label=grant.label, holder=grant.holder or user.name
            )
    except IntegrityError as error:
        if constraint_of(error) == "payment_account_once":
            raise AccountKnown from error
        raise


def _add_again(account: PaymentAccount) -> PaymentAccount:
    """A revoked account that its owner adds again starts over with a new code."""
    moved = PaymentAccount.objects.filter(pk=account.pk, state=AccountState.REVOKED).update(
        state=AccountState.PENDING, verified_at=None
    )
    if not moved:
        raise AccountKnown
    account.refresh_from_db()
    return account


def verify_payment_account(*, account: PaymentAccount, code: str, now: datetime) -> PaymentAccount:
    """Prove that the account is the person's own. The first verified account becomes the one used first.

    Raises WrongCode, TooManyTries after the fifth (the account is then revoked), WrongState when nothing waits.
    """
    _check_code(account, code, now=now)
    with transaction.atomic():
        moved = PaymentAccount.objects.filter(pk=account.pk, state=AccountState.PENDING).update(
            state=AccountState.VERIFIED, verified_at=now
        )
        if moved and not PaymentAccount.objects.filter(user=account.user, is_default=True).exists():
            PaymentAccount.objects.filter(pk=account.pk).update(is_default=True)
    account.refresh_from_db()
    return account


@transaction.atomic
def use_first(*, account: PaymentAccount) -> PaymentAccount:
    """Make a verified account the one that is offered first. Raises WrongState for another."""
    list(User.objects.select_for_update(no_key=True).filter(payment_accounts=account).values_list("pk"))
    PaymentAccount.objects.filter(user=account.user, is_default=True).update(is_default=False)
    if not PaymentAccount.objects.filter(pk=account.pk, state=AccountState.VERIFIED).update(is_default=True):
        raise WrongState
    account.refresh_from_db()
    return account


def revoke_payment_account(*, account: PaymentAccount) -> PaymentAccount:
    """Never use it again for a new payment. Payments asked before go on; refunds still reach it."""
    PaymentAccount.objects.filter(pk=account.pk).update(state=AccountState.REVOKED, is_default=False)
    account.refresh_from_db()
    return account


def add_payout_account(
    *, membership: Membership, provider: str, details: dict[str, Any], now: datetime
) -> PayoutAccount:
    """Add the account to which a member's earnings shall go; it waits for its code.

    Raises Invalid, TooManyTries.
    """
    grant = ask_provider(provider=provider, details=details)
    if not grant.holder:
        raise Invalid(_("Enter whose account it is."), field="holder")
    _refuse_guessers(f"membership:{membership.pk}", provider, grant, now=now)
    return PayoutAccount.objects.create(
        union_id=membership.union_id,
        membership=membership,
        provider=provider,
        token=grant.token,
        label=grant.label,
        holder=grant.holder,
    )


def verify_payout_account(*, account: PayoutAccount, code: str, now: datetime) -> PayoutAccount:
    """Prove that the account is the enterprise's own; it takes the place of the one used before.

    Raises WrongCode, TooManyTries after the fifth (the account is then revoked), WrongState when nothing waits.
    """
    _check_code(account, code, now=now)
    with transaction.atomic():
        list(Membership.objects.select_for_update(no_key=True).filter(pk=account.membership_id).values_list("pk"))
        others = PayoutAccount.objects.filter(membership_id=account.membership_id, state=AccountState.VERIFIED)
        if PayoutAccount.objects.filter(pk=account.pk, state=AccountState.PENDING).exists():
            others.update(state=AccountState.REVOKED)
            PayoutAccount.objects.filter(pk=account.pk).update(state=AccountState.VERIFIED, verified_at=now)
    account.refresh_from_db()
    return account


def revoke_payout_account(*, account: PayoutAccount) -> PayoutAccount:
    """Send nothing there any more; earnings wait for another account."""
    PayoutAccount.objects.filter(pk=account.pk).update(state=AccountState.REVOKED)
    account.refresh_from_db()
    return account


def ask_provider(*, provider: str, details: dict[str, Any]) -> AccountGrant:
    """What the provider gives for an account's details. Raises Invalid when it, or the account, is not known."""
    try:
        return provider_named(provider).register_account(details)
    except KeyError as error:
        raise Invalid(_("There is no such provider here."), field="provider") from error


def _refuse_guessers(owner: str, provider: str, grant: AccountGrant, *, now: datetime) -> None:
    if tries_used_up(owner=owner, fingerprint=fingerprint_of(provider=provider, token=grant.token), now=now):
        raise TooManyTries


def _check_code(account: PaymentAccount | PayoutAccount, code: str, *, now: datetime) -> None:
    """A try is counted before the code is looked at, so tries at the same moment count too."""
    rows = type(account)._default_manager.filter(pk=account.pk)
    pending = rows.filter(state=AccountState.PENDING)
    if not pending.exists():
        raise WrongState(state=account.state)
    owner, fingerprint = owner_of(account=account), fingerprint_of(provider=account.provider, token=account.token)
    tries = count_try(owner=owner, fingerprint=fingerprint, now=now)
    if tries is None:
        pending.update(state=AccountState.REVOKED)
        raise TooManyTries
    pending.update(tries=tries)
    if provider_named(account.provider).verify_account(account.token, code):
        forget_tries(owner=owner, fingerprint=fingerprint)
        return
    if tries >= MOST_TRIES:
        pending.update(state=AccountState.REVOKED)
        raise TooManyTries
    raise WrongCode
