"""Suppliers and purchase orders over the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api.money import UnionMoneyField
from stores.serializers.goods import Shown

MOST_PIECES = 1_000_000
HIGHEST = 2**53


class SupplierSerializer(Shown):
    """Who delivers goods: of the store, or (`shared`) of the whole union."""

    ref = serializers.CharField()
    name = serializers.CharField()
    contact = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    address = serializers.CharField()
    customer_number = serializers.CharField()
    terms = serializers.CharField()
    lead_days = serializers.IntegerField()
    is_active = serializers.BooleanField()
    shared = serializers.SerializerMethodField()

    def get_shared(self, supplier: Any) -> bool:
        return supplier.store_id is None


class NewSupplierSerializer(Shown):
    """A supplier of the store."""

    name = serializers.CharField(max_length=120)
    contact = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)
    email = serializers.EmailField(required=False, default="", allow_blank=True)
    phone = serializers.CharField(required=False, default="", allow_blank=True, max_length=32)
    address = serializers.CharField(required=False, default="", allow_blank=True, max_length=400)
    customer_number = serializers.CharField(required=False, default="", allow_blank=True, max_length=40)
    terms = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)
    lead_days = serializers.IntegerField(required=False, default=7, min_value=0, max_value=1000)


class SupplierGoodSerializer(Shown):
    """What an article costs there, per piece, in the union's currency."""

    sku = serializers.CharField(source="variant.sku")
    code = serializers.CharField()
    price = UnionMoneyField()
    pack_size = serializers.IntegerField()
    minimum = serializers.IntegerField()
    is_preferred = serializers.BooleanField()


class NewGoodSerializer(Shown):
    """A price in minor units."""

    sku = serializers.CharField(max_length=64)
    price = serializers.IntegerField(min_value=0, max_value=HIGHEST)
    code = serializers.CharField(required=False, default="", allow_blank=True, max_length=64)
    pack_size = serializers.IntegerField(required=False, default=1, min_value=1, max_value=MOST_PIECES)
    minimum = serializers.IntegerField(required=False, default=1, min_value=1, max_value=MOST_PIECES)
    is_preferred = serializers.BooleanField(required=False, default=False)


class OrderedLineSerializer(Shown):
    """A line of a purchase order."""

    sku = serializers.CharField(source="variant.sku")
    code = serializers.CharField()
    quantity = serializers.IntegerField()
    received = serializers.IntegerField()
    unit_price = UnionMoneyField()


class SupplyOrderSerializer(Shown):
    """What was ordered from a supplier, and what of it has come."""

    number = serializers.CharField()
    supplier = serializers.CharField(source="supplier.ref")
    state = serializers.CharField(help_text="draft, sent, partly_received, received or cancelled.")
    note = serializers.CharField()
    expected_on = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    lines = OrderedLineSerializer(many=True)


class WantedLineSerializer(Shown):
    """So many pieces; without a price that of the supplier's list counts."""

    sku = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_PIECES)
    unit_price = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=0, max_value=HIGHEST)


class NewSupplyOrderSerializer(Shown):
    """A draft; `send` orders it at once."""

    supplier = serializers.CharField(max_length=24)
    lines = WantedLineSerializer(many=True, allow_empty=False)
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=400)
    send = serializers.BooleanField(required=False, default=False)


class CameLineSerializer(Shown):
    """Pieces that came, and what one cost if not as ordered."""

    sku = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_PIECES)
    unit_cost = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=0, max_value=HIGHEST)


class ReceiptSerializer(Shown):
    """A delivery, whole or in part. The same delivery note is booked once."""

    delivery_note = serializers.CharField(required=False, default="", allow_blank=True, max_length=60)
    lines = CameLineSerializer(many=True, allow_empty=False)
