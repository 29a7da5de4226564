"""Codes as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from chat.models import AccessCode
from chat.queries.codes import code_address, plain_code

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
