"""Classes and stores as the API shows them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.money import UnionMoneyField
from core.localized import localized
from stores.models import Store
from unions.queries import absolute_address

Shown = serializers.Serializer[Any]


class ClassSerializer(Shown):
    """A business class of ISIC Rev.4 that stores of the union belong to, or one above it."""

    code = serializers.CharField()
    level = serializers.CharField(help_text="section, division, group or class.")
    title = serializers.SerializerMethodField()
    parent = serializers.CharField(source="parent_id", allow_null=True)  # type: ignore[assignment]
    stores = serializers.IntegerField(source="store_count", help_text="How many stores there are in it and below it.")

    def get_title(self, node: Any) -> str:
        return localized(node, "title", get_language())


class ClassesSerializer(Shown):
    results = ClassSerializer(many=True)


class StoreSerializer(Shown):
    """A store in a list."""

    slug = serializers.CharField()
    name = serializers.SerializerMethodField()
    tagline = serializers.SerializerMethodField()
    business_class = serializers.CharField(source="business_class_id", allow_null=True, help_text="ISIC Rev.4 code.")
    city = serializers.CharField()
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    rating = serializers.FloatField(allow_null=True, help_text="Mean of its reviews from 1 to 5.")
    rating_count = serializers.IntegerField()
    url = serializers.SerializerMethodField()

    def get_name(self, store: Store) -> str:
        return localized(store, "name")

    def get_tagline(self, store: Store) -> str:
        return localized(store, "tagline")

    def get_url(self, store: Store) -> str:
        union = self.context["union"]
        return absolute_address(union, f"/u/{union.slug}/{store.slug}/")


class OpeningSpanSerializer(Shown):
    """A span on a weekday in the union's time zone; 0 is Monday."""

    weekday = serializers.IntegerField()
    opens = serializers.TimeField()
    closes = serializers.TimeField()


class SpecialDaySerializer(Shown):
    """A day that differs from the week; without times the store is closed."""

    date = serializers.DateField()
    reason = serializers.CharField()
    opens = serializers.TimeField(allow_null=True)
    closes = serializers.TimeField(allow_null=True)


class DeliveryOptionSerializer(Shown):
    """A way in which goods reach the shopper."""

    id = serializers.IntegerField(help_text="What `delivery` of `PUT checkout/` chooses.")
    kind = serializers.CharField(help_text="delivery, pickup or digital.")
    name = serializers.SerializerMethodField()
    price = UnionMoneyField()
    free_from = UnionMoneyField()
    lead_days_min = serializers.IntegerField()
    lead_days_max = serializers.IntegerField()
    weekdays = serializers.SerializerMethodField(help_text="The only days on which it comes; 0 is Monday. Empty: any.")
    countries = serializers.SerializerMethodField()

    def get_name(self, option: Any) -> str:
        return localized(option, "name")

    def get_weekdays(self, option: Any) -> list[int]:
        return [int(day) for day in option.weekdays]

    def get_countries(self, option: Any) -> list[str]:
        return [code.strip().upper() for code in option.countries.split(",") if code.strip()]


class StorePageSerializer(StoreSerializer):
    """A store with everything that its own page tells."""

    description = serializers.SerializerMethodField()
    street = serializers.CharField()
    postal_code = serializers.CharField()
    phone = serializers.CharField()
    email = serializers.CharField()
    manager_name = serializers.CharField()
    opening_hours = OpeningSpanSerializer(many=True)
    special_days = SpecialDaySerializer(many=True, source="coming_days")
    delivery_options = serializers.SerializerMethodField()

    def get_description(self, store: Store) -> str:
        return localized(store, "description")

    @extend_schema_field(DeliveryOptionSerializer(many=True))
    def get_delivery_options(self, store: Store) -> Any:
        options = [option for option in store.delivery_options.all() if option.is_active]
        return DeliveryOptionSerializer(options, many=True, context=self.context).data


class StoreFilterSerializer(Shown):
    """What a list of stores can be narrowed to."""

    def get_fields(self) -> Any:
        # `class` is a keyword of the language and cannot be declared as an attribute.
        return {"class": serializers.CharField(required=False, default="", max_length=4)}
