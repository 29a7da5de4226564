"""Rooms as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from chat.queries.rooms import title_of
from core.api.money import MoneyField

Shown = serializers.Serializer[Any]


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
