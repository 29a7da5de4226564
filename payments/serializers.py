"""Payments, settlement and books as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from core.api.money import MoneyField
from payments.models import PaymentAccount, PaymentRequest
from payments.queries.accounts import public_id

Shown = serializers.Serializer[Any]


class SplitSerializer(Shown):
    """One order's part of a payment."""

    order = serializers.CharField(source="reference")
    amount = serializers.IntegerField(help_text="Minor units of the request's currency, like the following.")
    authorized = serializers.IntegerField()
    captured = serializers.IntegerField()
    voided = serializers.IntegerField()
    refunded = serializers.IntegerField()


class PaymentRequestSerializer(Shown):
    """A payment asked of a shopper. A store's key sees only its own enterprise's parts."""

    number = serializers.CharField()
    purchase = serializers.CharField(source="reference")
    state = serializers.CharField(help_text="created, authorized, captured; failed, cancelled.")
    amount = MoneyField()
    failure_code = serializers.CharField()
    confirm_url = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)
    parts = SplitSerializer(many=True)

    def get_confirm_url(self, request: PaymentRequest) -> str:
        return whole_address(request.confirm_url)


class PaymentRequestPartSerializer(PaymentRequestSerializer):
    """The same without what is the payer's own business."""

    amount = None  # type: ignore[assignment]
    confirm_url = None  # type: ignore[assignment]


class EarningSerializer(Shown):
    """What one delivered order earned, (negative) what a refund took back, or what a service moved."""

    order = serializers.CharField(source="split.reference", default="", help_text="Empty for a transfer.")
    kind = serializers.CharField(help_text="sale, refund or transfer.")
    about = serializers.CharField(help_text="The order's number, or what a transfer is for.")
    enterprise = serializers.CharField(source="membership.enterprise.name")
    gross = MoneyField()
    commission = MoneyField()
    commission_tax = MoneyField()
    net = MoneyField()
    earned_at = serializers.DateTimeField()
    payout = serializers.CharField(source="payout.number", default=None, allow_null=True)


class PayoutSerializer(Shown):
    """An enterprise's earnings of a period in one transfer."""

    number = serializers.CharField()
    enterprise = serializers.CharField(source="membership.enterprise.name")
    state = serializers.CharField(help_text="pending, processing, paid; failed, cancelled.")
    amount = MoneyField()
    period_start = serializers.DateField()
    period_end = serializers.DateField()
    account = serializers.CharField(source="account.label", default="")
    failure_code = serializers.CharField()
    sent_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)


class EntrySerializer(Shown):
    account = serializers.CharField(source="account.kind")
    amount = MoneyField(help_text="Positive for a debit, negative for a credit.")


class LedgerTransactionSerializer(Shown):
    """One moment in the life of money. A union's key sees all entries, which add up to zero."""

    kind = serializers.CharField()
    reference = serializers.CharField()
    memo = serializers.CharField()
    posted_at = serializers.DateTimeField()
    entries = EntrySerializer(many=True, source="shown_entries")


class PaymentAccountSerializer(Shown):
    """Where a customer's money comes from. Only the provider's token is kept."""

    id = serializers.SerializerMethodField()
    provider = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    holder = serializers.CharField()
    state = serializers.CharField(help_text="pending, verified.")
    is_default = serializers.BooleanField()

    def get_id(self, account: PaymentAccount) -> str:
        return public_id(account)


class PaymentAccountsSerializer(Shown):
    results = PaymentAccountSerializer(many=True)


class NewPaymentAccountSerializer(Shown):
    """The token that the provider gave for the account, and whose it is."""

    provider = serializers.CharField(max_length=20, default="bank")
    token = serializers.CharField(max_length=120)
    holder = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)


class CodeSerializer(Shown):
    """The code that came beside a small amount."""

    code = serializers.CharField(max_length=20)


def whole_address(path: str) -> str:
    """An address on this site as a whole one; empty for none."""
    return settings.SITE_ADDRESS.rstrip("/") + path if path.startswith("/") else path
