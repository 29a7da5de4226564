"""Wishes and answers as the shopper's side of the API shows and takes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse
from rest_framework import serializers

from core.api.money import MoneyField
from core.errors import Invalid
from matching.models import MatchRequest, MatchResponse
from matching.models.limits import ANSWERED_WITHIN, FARTHEST_KM, LARGEST, MOST_PIECES, MOST_STORES, minutes
from matching.presenting import picture_path
from matching.serializers.pictures import PictureField
from matching.services.picturing import MOST_PICTURES
from matching.services.throwing import Wish
from stores.models import Store
from stores.queries.cards import media_url
from unions.models import Union
from unions.queries import absolute_address

Shown = serializers.Serializer[Any]


class WishFilterSerializer(Shown):
    """What a list can be narrowed to."""

    state = serializers.ChoiceField(choices=MatchRequest.State.choices, required=False)


class WishSerializer(Shown):
    """A wish and where it stands."""

    ref = serializers.CharField()
    state = serializers.CharField(help_text="open, selecting, used; expired, cancelled.")
    words = serializers.CharField()
    code = serializers.CharField(source="code_id", allow_null=True, help_text="The signal code it was called under.")
    quantity = serializers.IntegerField()
    budget = MoneyField(help_text="For all pieces; null without one.")
    condition = serializers.CharField(help_text="any, new, used.")
    place = serializers.CharField()
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    reach_km = serializers.IntegerField(allow_null=True)
    wanted_by = serializers.DateTimeField(allow_null=True)
    scope = serializers.CharField(help_text="chosen, union, near, all.")
    stores_called = serializers.SerializerMethodField(help_text="How many stores were called.")
    asked_at = serializers.DateTimeField()
    answers_until = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text="Until then one of the answers may be used.")
    ended_at = serializers.DateTimeField(allow_null=True)
    is_watched = serializers.BooleanField(help_text="Told when something fitting is in stock, if nobody answers.")
    told_at = serializers.DateTimeField(allow_null=True)
    pictures = serializers.ListField(child=serializers.CharField(), help_text="Names; see `pictures/{name}/`.")
    page_url = serializers.SerializerMethodField(help_text="The shopper's page.")

    def get_stores_called(self, wish: MatchRequest) -> int:
        return len(wish.stores)

    def get_page_url(self, wish: MatchRequest) -> str:
        keys = {"union": wish.union.slug, "ref": wish.ref}
        return absolute_address(wish.union, reverse("matching:wish", kwargs=keys))


class ThrownSerializer(WishSerializer):
    """With the token by which a guest is known from here on."""

    token = serializers.CharField(allow_null=True, help_text="A guest's, for the header `Wish-Token`; null for a key.")


class NewWishSerializer(Shown):
    """Only `words` must be said."""

    words = serializers.CharField(max_length=300)
    code = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=24,
        help_text="A signal code; without one, what the words most probably mean.",
    )  # fmt: skip
    quantity = serializers.IntegerField(required=False, default=1, min_value=1, max_value=MOST_PIECES)
    budget = serializers.IntegerField(
        required=False, default=None, allow_null=True, min_value=1, max_value=LARGEST,
        help_text="For all pieces, in minor units of the union's currency.",
    )  # fmt: skip
    condition = serializers.ChoiceField(required=False, default="any", choices=MatchRequest.Condition.choices)
    place = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)
    latitude = serializers.FloatField(required=False, default=None, allow_null=True, min_value=-90, max_value=90)
    longitude = serializers.FloatField(required=False, default=None, allow_null=True, min_value=-180, max_value=180)
    reach_km = serializers.IntegerField(
        required=False, default=None, allow_null=True, min_value=1, max_value=FARTHEST_KM,
        help_text="Only stores within; with a place.",
    )  # fmt: skip
    wanted_by = serializers.DateTimeField(required=False, default=None, allow_null=True)
    scope = serializers.ChoiceField(required=False, default="union", choices=MatchRequest.Scope.choices)
    stores = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, default=list, max_length=MOST_STORES,
        help_text="Short names of stores: only these are called.",
    )  # fmt: skip
    answers_within = serializers.IntegerField(
        required=False, default=30, min_value=1, max_value=minutes(ANSWERED_WITHIN[1]), help_text="Minutes."
    )
    email = serializers.EmailField(
        required=False, default="", allow_blank=True, help_text="A guest's; needed with `is_watched`."
    )
    is_watched = serializers.BooleanField(required=False, default=False)
    pictures = serializers.ListField(
        child=PictureField(), required=False, default=list, max_length=MOST_PICTURES,
        help_text="Pictures as base64, at most 300 kB of it each.",
    )  # fmt: skip


class ScoreSerializer(Shown):
    """Of what the place in the ranking is made; see the shopper's page for the union's weights."""

    points = serializers.IntegerField(help_text="Of 1000.")
    parts = serializers.DictField(
        child=serializers.IntegerField(), help_text="price, distance, time, rating, speed; each of 100."
    )
    km = serializers.FloatField(allow_null=True, help_text="From the shopper's place.")


class AnswerSerializer(Shown):
    """A store's answer; binding until `valid_until`, as long as its `version` stands."""

    ref = serializers.CharField()
    version = serializers.IntegerField(help_text="Named when it is used.")
    state = serializers.CharField(help_text="offered, used.")
    union = serializers.CharField(source="union.slug", help_text="The store's; not always that of the wish.")
    store = serializers.CharField(source="store.slug")
    store_name = serializers.CharField(source="store.name")
    way = serializers.CharField(help_text="What using it makes: cart, time (a reservation), talk (a conversation).")
    by = serializers.CharField(help_text="person, program, stock.")
    title = serializers.CharField()
    product = serializers.CharField(source="variant.product.slug", default=None)
    sku = serializers.CharField(source="variant.sku", default=None)
    quantity = serializers.IntegerField()
    price = MoneyField(help_text="Of one piece, tax included.")
    delivery = MoneyField(help_text="For bringing it; null when nothing was said.")
    total = MoneyField(help_text="For all of it, with delivery.")
    is_used_good = serializers.BooleanField()
    available_at = serializers.DateTimeField(allow_null=True)
    words = serializers.CharField()
    picture = serializers.SerializerMethodField(help_text="Its address; of the good, if none was sent. Empty without.")
    valid_until = serializers.DateTimeField()
    answered_at = serializers.DateTimeField()
    took_ms = serializers.IntegerField(help_text="From the wish to the answer.")

    def get_picture(self, answer: MatchResponse) -> str:
        return media_url(picture_path(answer))


class RankedSerializer(AnswerSerializer):
    score = ScoreSerializer()


class AnswersSerializer(Shown):
    """The best first."""

    state = serializers.CharField(help_text="Of the wish.")
    declined = serializers.IntegerField(help_text="How many stores have said that they have nothing for it.")
    results = RankedSerializer(many=True)


class UseSerializer(Shown):
    """`version` as it was read; who a guest is, where what comes of it needs to know."""

    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    name = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)
    email = serializers.EmailField(required=False, default="", allow_blank=True)
    phone = serializers.CharField(required=False, default="", allow_blank=True, max_length=32)


class InCartSerializer(Shown):
    token = serializers.CharField(allow_null=True, help_text="A guest's, for the header `Cart-Token`.")
    pieces = serializers.IntegerField()


class ReservedSerializer(Shown):
    number = serializers.CharField()
    state = serializers.CharField()
    starts_at = serializers.DateTimeField()
    token = serializers.CharField(help_text="For the header `Reservation-Token`.")


class TalkedSerializer(Shown):
    ref = serializers.CharField()
    state = serializers.CharField()


class UsedSerializer(Shown):
    """What came of it: one of the three, in the store's `union`."""

    union = serializers.CharField()
    response = serializers.CharField()
    cart = InCartSerializer(allow_null=True)
    reservation = ReservedSerializer(allow_null=True)
    conversation = TalkedSerializer(allow_null=True)


def wish_said(data: dict[str, Any], union: Union, *, is_guest: bool) -> Wish:
    """The cleaned body as the service takes it. Raises Invalid."""
    if data["is_watched"] and is_guest and not data["email"]:
        raise Invalid(field="email")
    names = data["stores"]
    stores = list(Store.objects.visible().filter(union=union, slug__in=names).values_list("pk", flat=True))
    if len(stores) != len(set(names)):
        raise Invalid(field="stores")
    rest = {name: data[name] for name in data.keys() - {"stores", "answers_within", "scope"}}
    return Wish(
        **rest,
        stores=stores,
        scope=MatchRequest.Scope.CHOSEN if stores else data["scope"],
        answers_within=timedelta(minutes=data["answers_within"]),
    )
