"""Unions and business classes as the API shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.localized import localized
from unions.models import Union
from unions.queries import absolute_address


class UnionSerializer(serializers.Serializer[Any]):
    """A regional mart union. With `elsewhere` it lives on another deployment, at `address`."""

    slug = serializers.CharField()
    name = serializers.SerializerMethodField()
    tagline = serializers.SerializerMethodField()
    country = serializers.CharField(help_text="ISO 3166-1.")
    currency = serializers.CharField(help_text="ISO 4217; every amount of this union is in its minor units.")
    time_zone = serializers.CharField()
    languages = serializers.ListField(child=serializers.CharField())
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    elsewhere = serializers.BooleanField(source="is_elsewhere")
    address = serializers.SerializerMethodField()
    regions = serializers.SerializerMethodField()

    def get_name(self, union: Union) -> str:
        return localized(union, "name")

    def get_tagline(self, union: Union) -> str:
        return localized(union, "tagline")

    def get_address(self, union: Union) -> str:
        return absolute_address(union, f"/u/{union.slug}/")

    def get_regions(self, union: Union) -> list[dict[str, str]]:
        return [{"code": region.code, "name": localized(region, "name")} for region in union.listed_regions]  # type: ignore[attr-defined]


class UnionPageSerializer(UnionSerializer):
    """A union with its introduction and how to reach its office."""

    description = serializers.SerializerMethodField()
    contact_email = serializers.CharField()
    contact_phone = serializers.CharField()
    contact_address = serializers.CharField()

    def get_description(self, union: Union) -> str:
        return localized(union, "description")


class NearUnionSerializer(UnionSerializer):
    """A union with its distance from the place that was asked for."""

    distance_km = serializers.SerializerMethodField()

    def get_distance_km(self, union: Any) -> float:
        return round(union.distance_km, 1)


class NearUnionsSerializer(serializers.Serializer[Any]):
    results = NearUnionSerializer(many=True)


class PlaceSerializer(serializers.Serializer[Any]):
    lat = serializers.FloatField(min_value=-90, max_value=90, help_text="Latitude in degrees.")
    lon = serializers.FloatField(min_value=-180, max_value=180, help_text="Longitude in degrees.")
