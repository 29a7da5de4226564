"""Purchases and orders as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from core.api.money import MoneyField, MoneySerializer, money
from orders.models import Order, Purchase
from orders.services.moving import next_moves
from payments.models import PaymentRequest
from payments.serializers import whole_address
from unions.queries import absolute_address

Shown = serializers.Serializer[Any]


class PaymentStateSerializer(Shown):
    """How far the payment is. With a `confirm_url` the payer has to go there."""

    number = serializers.CharField(allow_null=True)
    state = serializers.CharField(help_text="created, authorized, captured; failed, cancelled; none when it is free.")
    failure_code = serializers.CharField()
    confirm_url = serializers.CharField()


class PurchaseOrderSerializer(Shown):
    number = serializers.CharField()
    store = serializers.CharField()
    state = serializers.CharField()
    total = MoneySerializer()
    deadline = serializers.DateTimeField(allow_null=True)


class PurchaseSerializer(Shown):
    """One purchase with an order per store."""

    number = serializers.CharField()
    total = MoneySerializer()
    placed_at = serializers.DateTimeField()
    tracking_url = serializers.CharField()
    payment = PaymentStateSerializer()
    orders = PurchaseOrderSerializer(many=True)


def show_purchase(purchase: Purchase, payment: PaymentRequest | None, orders: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer that PurchaseSerializer describes, put together by hand as it is on the measured path."""
    slug = purchase.union.slug
    tracking = reverse("orders:track", kwargs={"union": slug, "token": purchase.token})
    return {
        "number": purchase.number,
        "total": money(purchase.total, purchase.currency),
        "placed_at": purchase.placed_at,
        "tracking_url": absolute_address(purchase.union, tracking),
        "payment": {
            "number": payment.number if payment else None,
            "state": payment.state if payment else "none",
            "failure_code": payment.failure_code if payment else "",
            "confirm_url": whole_address(payment.confirm_url) if payment else "",
        },
        "orders": [
            {
                "number": order["number"],
                "store": order["store_slug"],
                "state": order["state"],
                "total": money(order["total"], purchase.currency),
                "deadline": order["deadline"],
            }
            for order in orders
        ],
    }


class OrderFilterSerializer(Shown):
    """What a list of orders can be narrowed to."""

    state = serializers.ChoiceField(choices=Order.State.choices, required=False)
    store = serializers.CharField(required=False, max_length=60, help_text="A store's short name.")


class OrderLineSerializer(Shown):
    sku = serializers.CharField()
    title = serializers.CharField()
    options = serializers.CharField()
    kind = serializers.CharField(help_text="goods, fee, voucher or discount.")
    quantity = serializers.IntegerField()
    unit_price = MoneyField("order.currency")
    tax_bp = serializers.IntegerField()
    tax = MoneyField("order.currency")
    total = MoneyField("order.currency")


class ShipmentSerializer(Shown):
    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    tracking_url = serializers.CharField()
    state = serializers.CharField()
    sent_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)


class StepSerializer(Shown):
    from_state = serializers.CharField()
    to_state = serializers.CharField()
    note = serializers.CharField()
    at = serializers.DateTimeField()


class RecipientSerializer(Shown):
    recipient = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    line1 = serializers.CharField()
    line2 = serializers.CharField()
    city = serializers.CharField()
    region = serializers.CharField()
    postal_code = serializers.CharField()
    country = serializers.CharField()
    note = serializers.CharField()


class OrderSerializer(Shown):
    """One store's part of a purchase: what, for whom, where to, until when, and how far it is."""

    number = serializers.CharField()
    purchase = serializers.CharField(source="purchase.number")
    store = serializers.CharField(source="store.slug")
    state = serializers.CharField(help_text="placed, paid, accepted, packed, shipped, delivered, completed; cancelled.")
    next_actions = serializers.SerializerMethodField(help_text="What a store's key can do with it now.")
    placed_at = serializers.DateTimeField()
    deadline = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    delivery_kind = serializers.CharField()
    delivery_name = serializers.CharField()
    wish = serializers.CharField(help_text="When the shopper would like its services, in the shopper's words.")
    goods_total = MoneyField()
    delivery_total = MoneyField()
    tax_total = MoneyField()
    total = MoneyField()
    cancel_reason = serializers.CharField()
    recipient = RecipientSerializer(source="purchase")
    lines = OrderLineSerializer(many=True)
    shipments = ShipmentSerializer(many=True)
    changes = StepSerializer(many=True)

    def get_next_actions(self, order: Order) -> list[str]:
        names = {"hand_over": "deliver", "cancel_packed": "cancel"}
        return list(dict.fromkeys(names.get(move, move) for move in next_moves(order=order)))


class ShipSerializer(Shown):
    """With whom the parcel has left."""

    carrier = serializers.CharField(max_length=80)
    tracking_number = serializers.CharField(required=False, default="", allow_blank=True, max_length=80)
    tracking_url = serializers.URLField(required=False, default="", allow_blank=True, max_length=200)


class ReasonSerializer(Shown):
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
