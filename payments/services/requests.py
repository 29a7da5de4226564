"""Payment requests, and the door to everything that can be done with one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Invalid
from core.statements import prepared_cursor
from payments.models import PaymentAccount, PaymentRequest
from payments.models.accounts import AccountState
from payments.providers import provider_named
from payments.services.authorization import authorize, merchant_of
from payments.services.notices import take_notice
from payments.services.refunds import refund_split
from payments.services.splits import capture_split, void_split
from payments.services.withdrawal import cancel_request, give_up_unanswered
from unions.models import Union

__all__ = [
    "AccountNotVerified",
    "SplitWant",
    "authorize",
    "cancel_request",
    "capture_split",
    "give_up_unanswered",
    "refund_split",
    "request_payment",
    "take_notice",
    "void_split",
]

ANSWER_TIME = timedelta(minutes=30)
"""How long the payer's bank, and the payer on the bank's page, may take."""


class AccountNotVerified(DomainError):
    """No account is given, or whose it is has not been proved."""

    code = "account_not_verified"
    status = 422
    detail = _("This payment account has not been verified yet, or was removed.")


class ReferenceUsed(DomainError):
    """The reference already stands for another payment."""

    code = "payment_reference_used"
    detail = _("Another payment was asked for this already.")


@dataclass(frozen=True, slots=True)
class SplitWant:
    """One payee's part: `reference` is the caller's own name for it; rates are frozen here, in basis points.

    Without a member it is the union's own, and income of the union as soon as it is captured.
    """

    membership_id: int | None
    reference: str
    amount: int
    commission_bp: int
    commission_tax_bp: int


# The commit before the call waits for the disk, unless the provider's own books stand on it too.
_REQUEST = """
WITH flushed AS MATERIALIZED (
    SELECT set_config(
        'synchronous_commit', CASE WHEN %(books_here)s THEN 'off' ELSE current_setting('synchronous_commit') END, true
    )
), request AS (
    INSERT INTO payments_paymentrequest (union_id, reference, number, account_id, provider, provider_reference, amount,
        currency, state, failure_code, confirm_url, created_at, expires_at)
    SELECT %(union)s, %(reference)s, %(number)s, %(account)s, %(provider)s, '', %(amount)s, %(currency)s, 'created',
        '', '', %(now)s, %(expires)s
    FROM flushed
    ON CONFLICT (union_id, reference) DO NOTHING
    RETURNING id
), parts AS (
    INSERT INTO payments_paymentsplit (union_id, request_id, membership_id, reference, amount, state, attempt,
        authorized, captured, voided, refunding, refunded, commission_bp, commission_tax_bp)
    SELECT %(union)s, id, member, part.reference, amount, 'open', 1, 0, 0, 0, 0, 0, commission_bp, commission_tax_bp
    FROM request, ROWS FROM (
        unnest(%(members)s::bigint[]), unnest(%(references)s::text[]), unnest(%(amounts)s::bigint[]),
        unnest(%(rates)s::int[]), unnest(%(tax_rates)s::int[])
    ) AS part(member, reference, amount, commission_bp, commission_tax_bp)
), call AS (
    INSERT INTO payments_providercall (union_id, provider, operation, idempotency_key, reference, asked, status,
        asked_at)
    SELECT %(union)s, %(provider)s, 'authorize', 'authorize:' || id, %(number)s, %(asked)s::jsonb, '', %(now)s
    FROM request
)
SELECT id FROM request
"""


def request_payment(
    *,
    union: Union,
    reference: str,
    number: str,
    account: PaymentAccount | None,
    amount: int,
    currency: str,
    splits: Sequence[SplitWant],
    now: datetime,
) -> PaymentRequest:
    """Write down a payment of `amount` minor units, its splits and the call to the provider, with one statement.

    Meant to run inside the caller's transaction: nothing is asked of the provider yet, `authorize` does that, and it
    must follow, as only what it commits makes this durable when the provider's books stand in the same database. The
    same reference again returns the same request. `account` may be empty only when nothing is to be paid.
    Raises AccountNotVerified; Invalid when the splits do not add up; ReferenceUsed when the reference was used for
    another amount.
    """
    _check(account, amount, splits)
    request = PaymentRequest(
        union=union,
        reference=reference,
        number=number,
        account=account,
        provider=account.provider if account else "bank",
        amount=amount,
        currency=currency,
        created_at=now,
        expires_at=now + ANSWER_TIME,
    )
    with prepared_cursor() as cursor:
        cursor.execute(_REQUEST, {**_columns_of(request), **_columns_of_splits(splits)})
        row = cursor.fetchone()
    if row is None:
        return _asked_before(union=union, reference=reference, amount=amount, currency=currency)
    request.pk = row[0]
    request._state.adding = False
    request._state.db = connection.alias
    return request


def _check(account: PaymentAccount | None, amount: int, splits: Sequence[SplitWant]) -> None:
    if sum(split.amount for split in splits) != amount or any(split.amount < 0 for split in splits):
        raise Invalid(_("The parts of a payment must add up to the whole."))
    if account is None:
        if amount:
            raise AccountNotVerified
    elif account.state != AccountState.VERIFIED:
        raise AccountNotVerified


def _columns_of(request: PaymentRequest) -> dict[str, Any]:
    """What the statement writes of the request and of the call to its provider."""
    account = request.account
    asked = {
        "merchant": merchant_of(union_id=request.union_id),
        "token": account.token if account else "",
        "amount": request.amount,
        "currency": request.currency,
        "authorization": "",
    }
    return {
        "union": request.union_id,
        "reference": request.reference,
        "number": request.number,
        "account": account.pk if account else None,
        "provider": request.provider,
        "amount": request.amount,
        "currency": request.currency,
        "now": request.created_at,
        "expires": request.expires_at,
        "asked": json.dumps(asked),
        "books_here": provider_named(request.provider).books_here,
    }


def _columns_of_splits(splits: Sequence[SplitWant]) -> dict[str, Any]:
    """One array for each column."""
    return {
        "members": [split.membership_id for split in splits],
        "references": [split.reference for split in splits],
        "amounts": [split.amount for split in splits],
        "rates": [split.commission_bp for split in splits],
        "tax_rates": [split.commission_tax_bp for split in splits],
    }


def _asked_before(*, union: Union, reference: str, amount: int, currency: str) -> PaymentRequest:
    request = PaymentRequest.objects.select_related("account").get(union=union, reference=reference)
    if (request.amount, request.currency) != (amount, currency):
        raise ReferenceUsed
    return request
