"""Payments asked by stores as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from core.api.money import MoneyField
from orders.models import Bill
from payments.models import PaymentRequest
from payments.serializers import SplitSerializer, whole_address
from unions.queries import absolute_address

Shown = serializers.Serializer[Any]


class NewBillSerializer(Shown):
    """Of whom, how much (minor units of the union's currency), what for."""

    email = serializers.EmailField()
    amount = serializers.IntegerField(min_value=1, max_value=10**13)
    title = serializers.CharField(max_length=200)
    days = serializers.IntegerField(min_value=1, max_value=90, default=14, help_text="How long it can be paid.")
    language = serializers.CharField(max_length=12, required=False, default="", allow_blank=True)


class ConfirmSerializer(Shown):
    account = serializers.CharField(
        max_length=40, required=False, default="", allow_blank=True, help_text="An id of payment-accounts/."
    )


class BillSerializer(Shown):
    """A payment that a store asked of a customer; `confirm_url` is where the customer consents."""

    number = serializers.CharField()
    store = serializers.CharField(source="store.slug")
    title = serializers.CharField()
    email = serializers.EmailField()
    state = serializers.CharField(source="payment.state", help_text="created, authorized, captured; failed, cancelled.")
    amount = MoneyField(source="payment.amount", currency_source="payment.currency")
    failure_code = serializers.CharField(source="payment.failure_code")
    confirm_url = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="asked_at")
    expires_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(source="payment.answered_at", allow_null=True)
    parts = SplitSerializer(many=True, source="payment.splits.all")

    def get_confirm_url(self, bill: Bill) -> str:
        """The bank's own page when it wants its customer to confirm there; empty when there is nothing to confirm."""
        if bill.withdrawn_at or bill.payment.state in (
            PaymentRequest.State.AUTHORIZED,
            PaymentRequest.State.CAPTURED,
        ):
            return ""
        if bill.payment.confirm_url:
            return whole_address(bill.payment.confirm_url)
        return absolute_address(bill.union, reverse("orders:bill", kwargs={"number": bill.number}))
