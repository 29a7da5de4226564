"""Plans and memberships as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api.money import MoneyField

Shown = serializers.Serializer[Any]


class PlanSerializer(Shown):
    """What can be joined. Without a store it is the union's own."""

    number = serializers.CharField(source="ref")
    store = serializers.CharField(source="store.slug", default="")
    name = serializers.CharField()
    promise = serializers.CharField()
    terms = serializers.CharField()
    dues = MoneyField(source="amount")
    period = serializers.CharField(help_text="month or year.")


class MembershipSerializer(Shown):
    """A preferred buyer; the dues are those agreed to at joining."""

    number = serializers.CharField(source="ref")
    plan = serializers.CharField(source="plan.ref")
    store = serializers.CharField(source="plan.store.slug", default="")
    state = serializers.CharField(help_text="joining, active, grace, ended.")
    dues = MoneyField(source="amount")
    period = serializers.CharField()
    joined_at = serializers.DateTimeField()
    paid_until = serializers.DateTimeField(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)


class JoinSerializer(Shown):
    """Joining means agreeing to the plan's terms."""

    plan = serializers.CharField(max_length=24)
    account = serializers.CharField(
        max_length=40, required=False, default="", allow_blank=True, help_text="An id of payment-accounts/."
    )
