"""Codes, memberships and rooms as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from chat.models import AccessCode
from chat.queries.codes import code_address, plain_code
from chat.queries.rooms import title_of
from core.api.money import MoneyField

Shown = serializers.Serializer[Any]


class AccessCodeSerializer(Shown):
    """A code, for the key of the store or union that issued it."""

    id = serializers.CharField(source="nonce")
    campaign = serializers.CharField(source="campaign.short")
    code = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()
    label = serializers.CharField()  # type: ignore[assignment]
    name = serializers.CharField()
    email = serializers.CharField()
    reference = serializers.CharField()
    max_uses = serializers.IntegerField(allow_null=True)
    uses = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)

    def get_code(self, code: AccessCode) -> str:
        return plain_code(code, code.campaign.union)

    def get_url(self, code: AccessCode) -> str:
        return code_address(code.campaign.union, plain_code(code, code.campaign.union))


class NewCodeSerializer(Shown):
    """For whom a code is made; without a person it is for printed matter."""

    campaign = serializers.SlugField(max_length=40)
    name = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    email = serializers.EmailField(required=False, default="", allow_blank=True)
    address = serializers.CharField(max_length=600, required=False, default="", allow_blank=True)
    language = serializers.CharField(max_length=12, required=False, default="", allow_blank=True)
    reference = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    label = serializers.CharField(  # type: ignore[assignment]
        max_length=80, required=False, default="", allow_blank=True
    )
    max_uses = serializers.IntegerField(min_value=1, max_value=10**9, required=False, default=None, allow_null=True)
    expires_at = serializers.DateTimeField(required=False, default=None, allow_null=True)


class EnterCodeSerializer(Shown):
    code = serializers.CharField(max_length=40)


class EnteredSerializer(Shown):
    """Where a code leads: the conversation, and the item if it is about one."""

    conversation = serializers.CharField()
    campaign = serializers.CharField()
    store = serializers.CharField(allow_blank=True)
    product = serializers.CharField(allow_blank=True)


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


class RoomSerializer(Shown):
    """A room around an item as it stands."""

    number = serializers.CharField(source="ref")
    store = serializers.CharField(source="store.slug")
    product = serializers.CharField(source="product.slug")
    title = serializers.SerializerMethodField()
    price = MoneyField(source="variant.price", currency_source="union.currency")
    hold_minutes = serializers.IntegerField()
    opened_at = serializers.DateTimeField()

    def get_title(self, room: Any) -> str:
        return title_of(room)


class RoomStateSerializer(Shown):
    """The `room` frame of the sockets."""

    room = serializers.CharField()
    state = serializers.CharField(help_text="open, closed.")
    presenter = serializers.CharField(allow_blank=True)
    here = serializers.IntegerField()
    price = serializers.DictField(help_text="amount in minor units, and currency.")
    item = serializers.CharField(help_text="free, held, taken, sold.")
    until = serializers.DateTimeField(allow_null=True)
    last_seq = serializers.IntegerField()


class HeldSerializer(Shown):
    until = serializers.DateTimeField()


class WordSerializer(Shown):
    text = serializers.CharField(max_length=1000)


class RoomSaidSerializer(Shown):
    seq = serializers.IntegerField()
