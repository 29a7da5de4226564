"""Carts and the review. What is shown is put together by hand: a purchase passes here three times.

The Serializer classes of what is shown only describe it in the OpenAPI document; a test compares both.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api.money import MoneySerializer, money
from orders.cart_review import CartReview, DeliveryChoice, ReviewLine, StorePart
from orders.models import Cart
from orders.queries.cart_review import ADDRESS_FIELDS
from orders.services.cart import MOST_OF_ONE
from stores.queries.media import media_address

Shown = serializers.Serializer[Any]
LARGEST_ID = 2**63 - 1


class NewLineSerializer(Shown):
    """What to put into the cart: a `variant` (its id in `products/`), or a store's short name and a `sku`."""

    variant = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    store = serializers.CharField(required=False, max_length=60)
    sku = serializers.CharField(required=False, max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_OF_ONE)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "variant" not in attrs and not ("store" in attrs and "sku" in attrs):
            raise serializers.ValidationError("Give a variant, or a store and a sku.")
        return attrs


class NewLinesSerializer(Shown):
    lines = NewLineSerializer(many=True, allow_empty=False, max_length=100)  # type: ignore[call-arg]


class QuantitySerializer(Shown):
    quantity = serializers.IntegerField(min_value=0, max_value=MOST_OF_ONE, help_text="0 takes the line out.")


class PaymentChoiceSerializer(Shown):
    """A customer's own `account` (its id in `payment-accounts/`), or a `token` for this purchase only."""

    account = serializers.CharField(required=False, max_length=40)
    provider = serializers.CharField(required=False, max_length=20, default="bank")
    token = serializers.CharField(required=False, max_length=120)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("account" in attrs) == ("token" in attrs):
            raise serializers.ValidationError("Give either an account or a token.")
        return attrs


class CheckoutSerializer(Shown):
    """Who receives it, where, how and paid from where. The address may be left out when nothing is sent to it."""

    email = serializers.EmailField(max_length=254)
    recipient = serializers.CharField(max_length=120)
    phone = serializers.CharField(required=False, default="", allow_blank=True, max_length=32)
    line1 = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    line2 = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    city = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)
    region = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)
    postal_code = serializers.CharField(required=False, default="", allow_blank=True, max_length=20)
    country = serializers.RegexField("^([A-Z]{2})?$", required=False, default="", allow_blank=True)
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)
    delivery = serializers.DictField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID),
        required=False,
        help_text="A delivery option's id by the store's short name; the store's first one if left out.",
    )
    wishes = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=200),
        required=False,
        help_text="When its services would suit, by the short name of a store that `delivery` names.",
    )
    payment = PaymentChoiceSerializer(required=False, help_text="The customer's default account if left out.")


class DigestSerializer(Shown):
    digest = serializers.CharField(max_length=20_000, help_text="That of the review which was confirmed.")


class FilledSerializer(Shown):
    """A guest's cart is reached by its `token` in a `Cart-Token` header from here on."""

    token = serializers.CharField(allow_null=True)
    pieces = serializers.IntegerField()


class LineSerializer(Shown):
    store = serializers.CharField()
    sku = serializers.CharField()
    variant = serializers.IntegerField(allow_null=True, help_text="None for what was agreed in words.")
    title = serializers.CharField()
    options = serializers.CharField()
    picture = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = MoneySerializer()
    seen_price = MoneySerializer()
    tax_bp = serializers.IntegerField()
    tax = MoneySerializer()
    total = MoneySerializer()
    is_agreed = serializers.BooleanField(help_text="False when its agreed price is not valid any more.")
    agreed_until = serializers.DateTimeField(
        allow_null=True, help_text="Set when price and quantity were agreed with the store."
    )
    is_sold = serializers.BooleanField()
    can_have = serializers.IntegerField(allow_null=True)
    refusal = serializers.CharField(help_text="Why it cannot be bought like this although it is sold; else empty.")
    reserved_until = serializers.DateTimeField(allow_null=True)


class ChoiceSerializer(Shown):
    id = serializers.IntegerField()
    kind = serializers.CharField()
    name = serializers.CharField()
    price = MoneySerializer()
    earliest = serializers.DateField()
    latest = serializers.DateField()
    is_offered = serializers.BooleanField()


class PartSerializer(Shown):
    store = serializers.CharField()
    name = serializers.CharField()
    lines = LineSerializer(many=True)
    delivery = serializers.IntegerField(allow_null=True, help_text="The id of the chosen way.")
    choices = ChoiceSerializer(many=True)
    goods_total = MoneySerializer()
    delivery_total = MoneySerializer()
    tax_total = MoneySerializer()
    total = MoneySerializer()
    deadline = serializers.DateTimeField(allow_null=True)


class TaxSerializer(Shown):
    rate_bp = serializers.IntegerField()
    net = MoneySerializer()
    tax = MoneySerializer()
    gross = MoneySerializer()


class DetailsSerializer(Shown):
    email = serializers.CharField()
    recipient = serializers.CharField()
    phone = serializers.CharField()
    line1 = serializers.CharField()
    line2 = serializers.CharField()
    city = serializers.CharField()
    region = serializers.CharField()
    postal_code = serializers.CharField()
    country = serializers.CharField()
    note = serializers.CharField()


class CartReviewSerializer(Shown):
    """The cart as it would be bought now. It is bought by sending `digest`, once nothing is `missing`."""

    token = serializers.CharField(allow_null=True)
    stores = PartSerializer(many=True)
    goods_total = MoneySerializer()
    delivery_total = MoneySerializer()
    tax_total = MoneySerializer()
    total = MoneySerializer()
    taxes = TaxSerializer(many=True)
    pieces = serializers.IntegerField()
    reserved_until = serializers.DateTimeField(allow_null=True)
    details = DetailsSerializer()
    payment = serializers.CharField(allow_null=True, help_text="The payment account as it is shown to people.")
    changes = serializers.ListField(child=serializers.CharField(), help_text="What is not as it was, in sentences.")
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="lines, contact, address, delivery, payment."
    )
    digest = serializers.CharField()


def token_of(cart: Cart) -> str | None:
    """What opens a guest's cart; a customer's is found by the key."""
    return cart.token if cart.user_id is None else None


def show_filled(cart: Cart) -> dict[str, Any]:
    return {"token": token_of(cart), "pieces": cart.pieces}  # type: ignore[attr-defined]


def show_review(review: CartReview) -> dict[str, Any]:
    """The answer that CartReviewSerializer describes."""
    cart, currency = review.cart, review.currency
    return {
        "token": token_of(cart),
        "stores": [_part(part, currency) for part in review.parts],
        "goods_total": money(review.goods_total, currency),
        "delivery_total": money(review.delivery_total, currency),
        "tax_total": money(review.tax_total, currency),
        "total": money(review.total, currency),
        "taxes": [
            {
                "rate_bp": rate.rate_bp,
                "net": money(rate.net, currency),
                "tax": money(rate.tax, currency),
                "gross": money(rate.gross, currency),
            }
            for rate in review.taxes
        ],
        "pieces": review.pieces,
        "reserved_until": review.reserved_until,
        "details": {name: getattr(cart, name) for name in ADDRESS_FIELDS},
        "payment": review.account.label if review.account else None,
        "changes": [str(change) for change in review.changes],
        "missing": review.missing,
        "digest": review.digest,
    }


def _part(part: StorePart, currency: str) -> dict[str, Any]:
    return {
        "store": part.slug,
        "name": part.name,
        "lines": [_line(line, part.slug, currency) for line in part.lines],
        "delivery": part.delivery.option_id if part.delivery else None,
        "choices": [_choice(choice, currency) for choice in part.choices],
        "goods_total": money(part.goods_total, currency),
        "delivery_total": money(part.delivery_total, currency),
        "tax_total": money(part.tax_total, currency),
        "total": money(part.total, currency),
        "deadline": part.deadline,
    }


def _line(line: ReviewLine, store: str, currency: str) -> dict[str, Any]:
    return {
        "store": store,
        "sku": line.sku,
        "variant": line.variant_id,
        "title": line.title,
        "options": line.options,
        "picture": media_address(line.cover),
        "quantity": line.quantity,
        "unit_price": money(line.unit_price, currency),
        "seen_price": money(line.seen_price, currency),
        "tax_bp": line.tax_bp,
        "tax": money(line.tax, currency),
        "total": money(line.total, currency),
        "is_agreed": line.is_agreed,
        "agreed_until": line.agreed_until,
        "is_sold": line.is_sold,
        "can_have": line.can_have,
        "refusal": str(line.refusal),
        "reserved_until": line.reserved_until,
    }


def _choice(choice: DeliveryChoice, currency: str) -> dict[str, Any]:
    return {
        "id": choice.option_id,
        "kind": choice.kind,
        "name": choice.name,
        "price": money(choice.price, currency),
        "earliest": choice.earliest,
        "latest": choice.latest,
        "is_offered": choice.is_offered,
    }
