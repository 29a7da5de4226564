"""Signal codes as JSON."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from matching.queries.codes import LONGEST


class SignalCodeFilterSerializer(serializers.Serializer[Any]):
    q = serializers.CharField(required=False, default="", allow_blank=True, max_length=LONGEST, trim_whitespace=False,
        help_text="What was typed, in any language; more letters may follow each word.")  # fmt: skip
    parent = serializers.CharField(  # type: ignore[assignment]
        required=False, default="", allow_blank=True, max_length=24,
        help_text="With `q`: only what is below this code. Alone: the codes right below it.")  # fmt: skip
    language = serializers.ChoiceField(
        required=False, choices=settings.LANGUAGES, help_text="Of the names; else what `Accept-Language` asks for."
    )


class SignalCodeSerializer(serializers.Serializer[Any]):
    """A code with its name and the names above it, top first."""

    code = serializers.CharField()
    title = serializers.CharField()
    path = serializers.ListField(child=serializers.CharField())


class SignalCodesSerializer(serializers.Serializer[Any]):
    results = SignalCodeSerializer(many=True)
