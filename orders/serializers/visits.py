"""Ways that led to purchases, and figures of visitors, as the API shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

Shown = serializers.Serializer[Any]


class SpanSerializer(Shown):
    days = serializers.IntegerField(min_value=1, max_value=366, default=30, help_text="The last so many days.")


class PathStepSerializer(Shown):
    at = serializers.DateTimeField()
    kind = serializers.CharField(help_text="page, product, search, cart, redirect, checkout.")
    page = serializers.CharField(default="")
    product = serializers.CharField(default="", help_text="store/product")
    words = serializers.CharField(default="")
    results = serializers.IntegerField(allow_null=True, default=None)
    seconds = serializers.IntegerField(default=0)


class PathSerializer(Shown):
    """What a shopper did before buying, oldest first."""

    source = serializers.CharField(help_text="direct, search, redirect, code.")  # type: ignore[assignment]
    began_at = serializers.DateTimeField()
    bought_at = serializers.DateTimeField()
    steps = PathStepSerializer(many=True)


class VisitsOfSpanSerializer(Shown):
    """Visitors by how far they came, each counted once a day."""

    seen = serializers.IntegerField()
    in_cart = serializers.IntegerField()
    checkout = serializers.IntegerField()
    bought = serializers.IntegerField()
    views = serializers.IntegerField(help_text="Pages looked at.")
    seconds = serializers.IntegerField(help_text="On those pages.")


class VisitsOfDaySerializer(VisitsOfSpanSerializer):
    day = serializers.DateField()


class SearchedSerializer(Shown):
    words = serializers.CharField()
    times = serializers.IntegerField()
    in_vain = serializers.IntegerField()


class VisitsSerializer(Shown):
    """A span and the one before it."""

    total = VisitsOfSpanSerializer()
    before = VisitsOfSpanSerializer()
    days = VisitsOfDaySerializer(many=True)
    searched = SearchedSerializer(many=True)
