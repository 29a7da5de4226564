"""Verified accounts, and payments as far along as a test needs them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import factory

from core.references import new_reference
from payments.models import PaymentAccount, PaymentRequest, PayoutAccount
from payments.models.accounts import AccountState
from payments.services.requests import SplitWant, authorize, capture_split, request_payment
from tests.factories.accounts import UserFactory
from tests.factories.unions import MembershipFactory
from unions.models import Membership, Union

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


class PaymentAccountFactory(factory.django.DjangoModelFactory):
    """A person's verified account that approves everything; `token` names another test account."""

    class Meta:
        model = PaymentAccount

    user = factory.SubFactory(UserFactory)
    provider = "bank"
    token = "bank:approves"
    label = "Current account …1001"
    state = AccountState.VERIFIED
    verified_at = NOW


class PayoutAccountFactory(factory.django.DjangoModelFactory):
    """A member's verified payout account."""

    class Meta:
        model = PayoutAccount

    membership = factory.SubFactory(MembershipFactory)
    union = factory.SelfAttribute("membership.union")
    provider = "bank"
    token = "bank:approves"
    label = "Current account …1001"
    holder = factory.LazyAttribute(lambda account: account.membership.enterprise.legal_name)
    state = AccountState.VERIFIED
    verified_at = NOW


def split_want(membership: Membership, amount: int, **fields: Any) -> SplitWant:
    """A part with 5 % commission and 20 % tax on it, unless said otherwise."""
    fields.setdefault("reference", new_reference("T"))
    return SplitWant(
        membership_id=membership.pk,
        amount=amount,
        **{"commission_bp": 500, "commission_tax_bp": 2000, **fields},
    )


def asked_payment(
    union: Union,
    *parts: SplitWant,
    account: PaymentAccount | None = None,
    token: str = "bank:approves",
    now: datetime = NOW,
) -> PaymentRequest:
    """A request as it stands before its provider was asked."""
    number = new_reference(union.prefix)
    return request_payment(
        union=union,
        reference=number,
        number=number,
        account=account or PaymentAccountFactory(token=token),
        amount=sum(part.amount for part in parts),
        currency=union.currency,
        splits=list(parts),
        now=now,
    )


def authorized_payment(union: Union, *parts: SplitWant, now: datetime = NOW, **fields: Any) -> PaymentRequest:
    """A request that its provider approved."""
    return authorize(payment_request=asked_payment(union, *parts, now=now, **fields), now=now)


def captured_payment(union: Union, *parts: SplitWant, now: datetime = NOW, **fields: Any) -> PaymentRequest:
    """A request of which every part was collected."""
    request = authorized_payment(union, *parts, now=now, **fields)
    for part in parts:
        capture_split(union=union, reference=part.reference, now=now)
    request.refresh_from_db()
    return request
