"""Goods, prices and stock as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.money import UnionMoneyField
from core.localized import localized
from stores.models import Product, Variant
from stores.queries.media import media_address
from unions.queries import absolute_address

Shown = serializers.Serializer[Any]
MOST_PIECES = 1_000_000_000
HIGHEST_PRICE = 10**13


class GoodsFilterSerializer(Shown):
    """What a list of goods can be narrowed to."""

    q = serializers.CharField(required=False, max_length=200, allow_blank=True, help_text="Words, or their beginnings.")
    # `class` is a keyword of the language, so the field is declared by its name below.
    category = serializers.CharField(required=False, max_length=60, help_text="A category's short name; all below it.")
    store = serializers.CharField(required=False, max_length=60, help_text="A store's short name.")
    in_stock = serializers.BooleanField(required=False, allow_null=True, default=None, help_text="Only what is left.")

    def get_fields(self) -> Any:
        fields = super().get_fields()
        fields["class"] = serializers.CharField(
            required=False, max_length=4, help_text="A business class of ISIC Rev.4; all below it."
        )
        return fields


class VariantSerializer(Shown):
    """What is bought: one size or colour of a product."""

    id = serializers.IntegerField(help_text="What `variant` of `POST cart/lines/` names.")
    sku = serializers.CharField()
    gtin = serializers.CharField()
    options = serializers.DictField(child=serializers.CharField())
    price = UnionMoneyField()
    was_price = UnionMoneyField(allow_null=True)
    counted = serializers.BooleanField(source="tracks_stock")
    available = serializers.SerializerMethodField()

    def get_available(self, variant: Variant) -> int | None:
        return available_of(variant)


class ProductSerializer(Shown):
    """A good or a service with everything that can be bought of it."""

    slug = serializers.CharField()
    store = serializers.CharField(source="store.slug")
    kind = serializers.CharField(help_text="goods or service.")
    title = serializers.SerializerMethodField()
    description = serializers.SerializerMethodField()
    category = serializers.CharField(source="category.slug", default=None, allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    tax_bp = serializers.IntegerField(source="tax_class.rate_bp", help_text="Included in the prices; basis points.")
    price_from = UnionMoneyField()
    price_to = UnionMoneyField()
    in_stock = serializers.BooleanField()
    shown = serializers.BooleanField(source="is_published")
    rating = serializers.FloatField(allow_null=True)
    rating_count = serializers.IntegerField()
    cover = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()
    variants = VariantSerializer(many=True, source="sold_variants")

    def get_title(self, product: Product) -> str:
        return localized(product, "title")

    def get_description(self, product: Product) -> str:
        return localized(product, "description")

    def get_cover(self, product: Product) -> str:
        return media_address(product.cover)

    def get_url(self, product: Product) -> str:
        union = self.context["union"]
        return absolute_address(union, f"/u/{union.slug}/{product.store.slug}/{product.slug}/")


class PictureSizeSerializer(Shown):
    url = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    type = serializers.CharField()


class PictureSerializer(Shown):
    """A picture in its sizes, smallest first."""

    alt = serializers.CharField()
    sizes = serializers.SerializerMethodField()

    @extend_schema_field(PictureSizeSerializer(many=True))
    def get_sizes(self, picture: Any) -> list[dict[str, Any]]:
        return [
            {
                "url": media_address(size["path"]),
                "width": size["width"],
                "height": size["height"],
                "type": size["type"],
            }
            for size in picture.sizes
        ]


class ProductPageSerializer(ProductSerializer):
    """A product with its pictures."""

    pictures = PictureSerializer(many=True)


class PriceSerializer(Shown):
    """The price of a variant."""

    sku = serializers.CharField()
    store = serializers.CharField(source="store.slug")
    product = serializers.CharField(source="product.slug")
    price = UnionMoneyField()
    was_price = UnionMoneyField(allow_null=True)


class NewPriceSerializer(Shown):
    """A new price in minor units of the union's currency, tax included."""

    price = serializers.IntegerField(min_value=0, max_value=HIGHEST_PRICE)
    was_price = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=HIGHEST_PRICE,
        help_text="The price before, null to end a reduction; left out it stays while it is higher.",
    )


class StockSerializer(Shown):
    """How much of a variant there is: `available` = `on_hand` less `reserved`."""

    sku = serializers.CharField()
    store = serializers.CharField(source="store.slug")
    product = serializers.CharField(source="product.slug")
    variant = serializers.IntegerField(source="pk")
    on_hand = serializers.IntegerField(source="stock.on_hand", default=0)
    reserved = serializers.IntegerField(source="stock.held", default=0)
    available = serializers.IntegerField(source="stock.available", default=0)
    low_at = serializers.IntegerField(source="stock.low_at", default=0)


class StockChangeSerializer(Shown):
    """A count of what is on hand, and from which number on staff are told that little is left."""

    on_hand = serializers.IntegerField(required=False, min_value=0, max_value=MOST_PIECES)
    low_at = serializers.IntegerField(required=False, min_value=0, max_value=MOST_PIECES)
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "on_hand" not in attrs and "low_at" not in attrs:
            raise serializers.ValidationError("Give on_hand or low_at.")
        return attrs


class StockFilterSerializer(Shown):
    store = serializers.CharField(required=False, default="", max_length=60, help_text="A store's short name.")


class MovementSerializer(Shown):
    """One change of a stock level, never edited."""

    id = serializers.IntegerField()
    kind = serializers.CharField(help_text="received, reserved, released, sold, returned, taken_out or adjusted.")
    quantity = serializers.IntegerField(help_text="Change of what is on hand.")
    reserved = serializers.IntegerField(source="held_change", help_text="Change of what is reserved.")
    reason = serializers.CharField()
    reference = serializers.CharField()
    at = serializers.DateTimeField()


class NewMovementSerializer(Shown):
    """Goods that arrived, or were taken out other than by a sale."""

    kind = serializers.ChoiceField(choices=["received", "taken_out"])
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_PIECES)
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    reference = serializers.CharField(required=False, default="", allow_blank=True, max_length=80)


def available_of(variant: Variant) -> int | None:
    """What a shopper can still take; None for something that is not counted."""
    if not variant.tracks_stock:
        return None
    level = getattr(variant, "stock", None)
    return level.available if level is not None else 0
