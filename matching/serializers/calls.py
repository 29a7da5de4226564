"""Calls as a store's side of the API shows them, and answers as it takes them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.money import MoneyField
from matching.models import MatchResponse
from matching.models.limits import ANSWER_HOLDS, LARGEST, MOST_PIECES, minutes
from matching.serializers.pictures import PictureField
from matching.serializers.wishes import AnswerSerializer

Shown = serializers.Serializer[Any]


class PlaceSerializer(Shown):
    """Rounded to about a kilometre."""

    latitude = serializers.FloatField()
    longitude = serializers.FloatField()


class OwnAnswerSerializer(AnswerSerializer):
    state = serializers.CharField(help_text="offered, withdrawn, used, passed, lapsed, declined.")


class CallSerializer(Shown):
    """What a store learns of a wish: everything but who it is."""

    request = serializers.CharField(source="ref")
    state = serializers.CharField(help_text="open, selecting, used; expired, cancelled.")
    union = serializers.CharField(source="union.slug", help_text="The shopper's; not always that of the store.")
    words = serializers.CharField()
    code = serializers.CharField(source="code_id", allow_null=True)
    classes = serializers.ListField(child=serializers.CharField(), help_text="The code and those above it; or `*`.")
    quantity = serializers.IntegerField()
    budget = MoneyField(help_text="For all pieces; null without one.")
    condition = serializers.CharField(help_text="any, new, used.")
    place = PlaceSerializer(source="rough_place", allow_null=True)
    reach_km = serializers.IntegerField(allow_null=True)
    wanted_by = serializers.DateTimeField(allow_null=True)
    language = serializers.CharField()
    asked_at = serializers.DateTimeField()
    answers_until = serializers.DateTimeField()
    pictures = serializers.ListField(child=serializers.CharField(), help_text="Names; see `pictures/{name}/`.")
    answer = serializers.SerializerMethodField(help_text="The store's own; null before it.")

    @extend_schema_field(OwnAnswerSerializer(allow_null=True))
    def get_answer(self, wish: Any) -> Any:
        return None if wish.answer is None else OwnAnswerSerializer(wish.answer).data


class CallsSerializer(Shown):
    """At most a hundred, newest first."""

    results = CallSerializer(many=True)


class NewAnswerSerializer(Shown):
    """A price for goods, a time, or an offer to talk. Prices in minor units of the store's currency, tax included."""

    way = serializers.ChoiceField(required=False, default="cart", choices=MatchResponse.Way.choices)
    sku = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=64,
        help_text="Of the store's own goods; without one the answer is what its title says.",
    )  # fmt: skip
    service = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=40,
        help_text="For a time: what is reserved, as `slots/` names it.",
    )  # fmt: skip
    title = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    price = serializers.IntegerField(
        required=False, default=None, allow_null=True, min_value=1, max_value=LARGEST, help_text="Of one piece."
    )
    quantity = serializers.IntegerField(
        required=False, default=None, allow_null=True, min_value=1, max_value=MOST_PIECES,
        help_text="Without one, as many as were wished.",
    )  # fmt: skip
    delivery = serializers.IntegerField(
        required=False, default=None, allow_null=True, min_value=0, max_value=LARGEST, help_text="For bringing it."
    )
    available_at = serializers.DateTimeField(required=False, default=None, allow_null=True)
    used = serializers.BooleanField(required=False, default=False, help_text="A used good.")
    words = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)
    valid_minutes = serializers.IntegerField(
        required=False, default=120, min_value=1, max_value=minutes(ANSWER_HOLDS[1])
    )
    picture = PictureField(
        required=False, default=None, allow_null=True,
        help_text="As base64, at most 300 kB of it. Without one, the one before stays, or that of the good is shown.",
    )  # fmt: skip
