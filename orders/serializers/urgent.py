"""Urgent sales over the API."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from core.api.money import UnionMoneyField
from orders.services.cart import MOST_OF_ONE
from stores.models import UrgentSale
from stores.queries.urgent import SaleFigures, Standing

Shown = serializers.Serializer[Any]


class UrgentSaleSerializer(Shown):
    """Goods at a price for a limited time, as many as are left."""

    ref = serializers.CharField()
    state = serializers.SerializerMethodField(help_text="planned, running, over or cancelled.")
    store = serializers.CharField(source="store.slug")
    product = serializers.CharField(source="variant.product.slug")
    sku = serializers.CharField(source="variant.sku")
    variant = serializers.IntegerField(source="variant_id")
    price = UnionMoneyField()
    list_price = UnionMoneyField(help_text="The usual price.")
    quantity = serializers.IntegerField(source="level.allotted")
    left = serializers.IntegerField(source="level.left", help_text="Neither claimed nor sold nor gone back.")
    per_shopper = serializers.IntegerField(allow_null=True)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()

    def get_state(self, sale: UrgentSale) -> str:
        return str(sale.state_at(timezone.now()))


class UrgentDetailSerializer(UrgentSaleSerializer):
    """One with how far it is: sold out is what has nothing left and nothing claimed."""

    claimed = serializers.SerializerMethodField()
    bought = serializers.SerializerMethodField()
    waiting = serializers.SerializerMethodField()
    is_sold_out = serializers.SerializerMethodField()

    @property
    def figures(self) -> SaleFigures:
        figures: SaleFigures = self.context["figures"]
        return figures

    def get_claimed(self, sale: UrgentSale) -> int:
        return self.figures.claimed

    def get_bought(self, sale: UrgentSale) -> int:
        return self.figures.bought

    def get_waiting(self, sale: UrgentSale) -> int:
        return self.figures.waiting

    def get_is_sold_out(self, sale: UrgentSale) -> bool:
        return self.figures.is_sold_out


class UrgentFilterSerializer(Shown):
    store = serializers.CharField(required=False, default="", max_length=60, help_text="A store's short name.")


class SalePlanSerializer(Shown):
    """A `price` in minor units, or `percent` off the usual one."""

    quantity = serializers.IntegerField(min_value=1, max_value=1_000_000)
    price = serializers.IntegerField(required=False, min_value=0)
    percent = serializers.IntegerField(required=False, min_value=1, max_value=99)
    per_shopper = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("price" in attrs) == ("percent" in attrs):
            raise serializers.ValidationError("Give either a price or a percentage.")
        return attrs


class NewSaleSerializer(SalePlanSerializer):
    """What is sold, by its stock keeping unit; an office's key says in which `store` when two have it."""

    sku = serializers.CharField(max_length=64)
    store = serializers.CharField(required=False, default="", max_length=60)


class TakeSerializer(Shown):
    quantity = serializers.IntegerField(required=False, default=1, min_value=1, max_value=MOST_OF_ONE)


class StandingSerializer(Shown):
    """Where the shopper stands. A guest who waits is known by `token`, to be sent as `Cart-Token` from here on."""

    token = serializers.CharField(allow_null=True)
    held = serializers.IntegerField(help_text="Pieces claimed, until `held_until`.")
    held_until = serializers.DateTimeField(allow_null=True)
    bought = serializers.IntegerField()
    is_waiting = serializers.BooleanField()
    before = serializers.IntegerField(allow_null=True, help_text="How many wait before the shopper.")


def show_standing(standing: Standing, token: str) -> dict[str, Any]:
    """The answer that StandingSerializer describes."""
    return {
        "token": token or None,
        "held": standing.held,
        "held_until": standing.held_until,
        "bought": standing.bought,
        "is_waiting": standing.is_waiting,
        "before": standing.before,
    }
