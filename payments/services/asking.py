"""A payment that is asked of a customer first and consented to later: created without an account, then with one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Invalid
from payments.models import PaymentAccount, PaymentRequest, PaymentSplit
from payments.models.accounts import AccountState
from payments.providers.interface import Instruction
from payments.services.authorization import authorization_key, merchant_of
from payments.services.calls import write_down
from payments.services.requests import ANSWER_TIME, AccountNotVerified, SplitWant
from unions.models import Union

State = PaymentRequest.State


class ConsentTooLate(DomainError):
    """The payment was called off, or nobody consented in time."""

    code = "consent_too_late"
    detail = _("This payment cannot be confirmed any more.")


@transaction.atomic
def ask_payment(
    *, union: Union, reference: str, number: str, split: SplitWant, currency: str, expires_at: datetime, now: datetime
) -> PaymentRequest:
    """Write down a payment of the split's amount that waits for the payer's `consent` until `expires_at`.

    No account is known yet and the provider hears nothing. Raises Invalid for an amount of nothing.
    """
    if split.amount <= 0:
        raise Invalid(_("Enter an amount above zero."), field="amount")
    request = PaymentRequest.objects.create(
        union=union,
        reference=reference,
        number=number,
        provider="bank",
        amount=split.amount,
        currency=currency,
        created_at=now,
        expires_at=expires_at,
    )
    PaymentSplit.objects.create(
        union=union,
        request=request,
        membership_id=split.membership_id,
        reference=split.reference,
        amount=split.amount,
        commission_bp=split.commission_bp,
        commission_tax_bp=split.commission_tax_bp,
    )
    return request


@transaction.atomic
def consent(*, payment_request: PaymentRequest, account: PaymentAccount, now: datetime) -> PaymentRequest:
    """The payer pays it from this account: the call to the provider is written down, `authorize` makes it.

    Consenting twice is consenting once, also from two accounts at the same moment: the first one counts. Raises
    AccountNotVerified, ConsentTooLate when it was called off or nobody consented in time.
    """
    if account.state != AccountState.VERIFIED:
        raise AccountNotVerified
    agreed = PaymentRequest.objects.filter(
        pk=payment_request.pk, state=State.CREATED, account=None, expires_at__gt=now
    ).update(account=account, provider=account.provider, expires_at=now + ANSWER_TIME)
    found = PaymentRequest.objects.select_related("union", "account").get(pk=payment_request.pk)
    if agreed:
        instruction = Instruction(
            key=authorization_key(request_id=found.pk),
            merchant=merchant_of(union_id=found.union_id),
            token=account.token,
            amount=found.amount,
            currency=found.currency,
            at=now,
            reference=found.number,
        )
        write_down(
            union_id=found.union_id, provider=found.provider, operation="authorize", instruction=instruction, now=now
        )
    elif found.state in (State.FAILED, State.CANCELLED) or found.account_id is None:
        raise ConsentTooLate
    return found
