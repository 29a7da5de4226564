"""Purchases and orders as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from core.api.money import MoneyField, MoneySerializer, money
from orders.models import Order, Purchase, Shipment
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
    id = serializers.IntegerField(help_text="Names the line in `ship/`, `cancel/` and `return/`.")
    sku = serializers.CharField()
    title = serializers.CharField()
    options = serializers.CharField()
    kind = serializers.CharField(help_text="goods, fee, voucher or discount.")
    quantity = serializers.IntegerField()
    cancelled = serializers.IntegerField(help_text="Pieces that were called off.")
    returned = serializers.IntegerField(help_text="Pieces that came back.")
    unit_price = MoneyField("order.currency")
    tax_bp = serializers.IntegerField()
    tax = MoneyField("order.currency")
    total = MoneyField("order.currency")


class ShipmentLineSerializer(Shown):
    id = serializers.IntegerField(source="order_line_id", help_text="Of the order's line.")
    quantity = serializers.IntegerField()


class TrackingEventSerializer(Shown):
    id = serializers.CharField(source="external_id")
    state = serializers.CharField()
    at = serializers.DateTimeField()
    place = serializers.CharField()
    words = serializers.CharField()
    told = serializers.CharField(source="source", help_text="manual, csv, api or poller.")


class CreditSerializer(Shown):
    """What went back while the order goes on."""

    number = serializers.CharField()
    kind = serializers.CharField(help_text="called_off, returned, substituted or goodwill.")
    total = MoneyField("order.currency")
    reason = serializers.CharField()
    at = serializers.DateTimeField()


class ShipmentSerializer(Shown):
    number = serializers.CharField(help_text="Names the parcel in `shipments/{number}/`.")
    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    tracking_url = serializers.CharField()
    state = serializers.CharField(
        help_text="pending, in_transit, out_for_delivery, delivered, failed, returned: apart from the order's own."
    )
    weight = serializers.IntegerField(allow_null=True, help_text="In grams.")
    sent_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    lines = ShipmentLineSerializer(many=True)
    events = TrackingEventSerializer(many=True)


class ParcelSerializer(ShipmentSerializer):
    """A parcel by itself, as its carrier sees it."""

    order = serializers.CharField(source="order.number")


class TrackingWordSerializer(Shown):
    """What a carrier tells. The same `id` for the same parcel is one event, however often it is told."""

    id = serializers.CharField(max_length=80)
    state = serializers.ChoiceField(choices=Shipment.State.choices)
    at = serializers.DateTimeField()
    place = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)
    words = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)


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
    given_back = MoneyField(help_text="What of the total went back while the order goes on.")
    cancel_reason = serializers.CharField()
    recipient = RecipientSerializer(source="purchase")
    lines = OrderLineSerializer(many=True)
    shipments = ShipmentSerializer(many=True)
    credits = CreditSerializer(many=True)
    changes = StepSerializer(many=True)

    def get_next_actions(self, order: Order) -> list[str]:
        names = {"hand_over": "deliver", "cancel_packed": "cancel"}
        return list(dict.fromkeys(names.get(move, move) for move in next_moves(order=order)))


class PiecesSerializer(Shown):
    """Pieces of a line, the same wherever lines of an order are named."""

    id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="The line's `id`.")
    quantity = serializers.IntegerField(min_value=1, max_value=1_000_000)


class ShipSerializer(Shown):
    """With whom the parcel has left, and what is in it: without `lines` everything that is still to go.

    Either `service`, one of the union's as `carrier/service` in short names, or any other `carrier` by name.
    """

    carrier = serializers.CharField(required=False, default="", allow_blank=True, max_length=80)
    service = serializers.CharField(required=False, default="", allow_blank=True, max_length=81)
    weight = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, max_value=10_000_000)
    lines = PiecesSerializer(many=True, required=False, allow_empty=False, max_length=100)  # type: ignore[call-arg]
    tracking_number = serializers.CharField(required=False, default="", allow_blank=True, max_length=80)
    tracking_url = serializers.URLField(required=False, default="", allow_blank=True, max_length=200)


class HandOverSerializer(Shown):
    """For an order at the counter of a store that asks for it: the code that the shopper says."""

    code = serializers.CharField(required=False, default="", allow_blank=True, max_length=20)


class CancelSerializer(Shown):
    """Without `lines` the whole order; with them these pieces, and the rest goes on."""

    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    lines = PiecesSerializer(many=True, required=False, default=list, max_length=100)  # type: ignore[call-arg]
    restock = serializers.BooleanField(
        required=False, default=True, help_text="For stores: false when the pieces are not there."
    )
