"""Returns as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api.money import MoneyField
from orders.models import Return
from orders.serializers.orders import PiecesSerializer
from orders.services.returns.moving import moves_of

LARGEST_AMOUNT = 10**13
"""In minor units: far above any order, and as large as the database still reckons with."""

Shown = serializers.Serializer[Any]


class ReturnFilterSerializer(Shown):
    """What a list of returns can be narrowed to."""

    state = serializers.ChoiceField(choices=Return.State.choices, required=False)


class NewReturnSerializer(Shown):
    """Pieces that should go back, and why."""

    lines = PiecesSerializer(many=True, allow_empty=False, max_length=100)  # type: ignore[call-arg]
    reason = serializers.CharField(max_length=200)
    wish = serializers.ChoiceField(choices=Return.Wish.choices, required=False, default=Return.Wish.REFUND)


class ReturnLineSerializer(Shown):
    id = serializers.IntegerField(help_text="Names the line in `receive/`.")
    order_line = serializers.IntegerField(source="order_line_id", allow_null=True)
    sku = serializers.CharField()
    title = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = MoneyField("returned.currency")
    total = MoneyField("returned.currency")
    restocked = serializers.IntegerField()
    written_off = serializers.IntegerField()


class ReturnStepSerializer(Shown):
    from_state = serializers.CharField()
    to_state = serializers.CharField()
    side = serializers.CharField(help_text="customer or store.")
    note = serializers.CharField()
    at = serializers.DateTimeField()


class ReturnSerializer(Shown):
    """Goods that come back, from the wish to the money."""

    number = serializers.CharField()
    order = serializers.CharField(source="order.number", default=None, allow_null=True)
    store = serializers.CharField(source="store.slug")
    state = serializers.CharField(help_text="requested, approved, received, refunded; declined, cancelled.")
    next_actions = serializers.SerializerMethodField(help_text="What a store's key can do with it now.")
    wish = serializers.CharField(help_text="refund or exchange.")
    reason = serializers.CharField()
    answer = serializers.CharField()
    total = MoneyField(help_text="What its pieces cost; what went back, once it is refunded.")
    requested_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField(allow_null=True)
    settled_at = serializers.DateTimeField(allow_null=True)
    replacement = serializers.CharField(
        source="replacement.number", default=None, allow_null=True, help_text="The order that is sent instead."
    )
    bill = serializers.CharField(
        source="bill.number", default=None, allow_null=True, help_text="The payment request over the difference."
    )
    lines = ReturnLineSerializer(many=True)
    steps = ReturnStepSerializer(many=True)

    def get_next_actions(self, returned: Return) -> list[str]:
        return moves_of(returned=returned)


class ReturnAnswerSerializer(Shown):
    answer = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)


class CameSerializer(Shown):
    id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="The `id` of the return's line.")
    restock = serializers.IntegerField(
        required=False, default=0, min_value=0, max_value=1_000_000, help_text="Back into stock."
    )
    write_off = serializers.IntegerField(required=False, default=0, min_value=0, max_value=1_000_000)


class ReceiveSerializer(Shown):
    """What has come of each line."""

    lines = CameSerializer(many=True, allow_empty=False, max_length=100)  # type: ignore[call-arg]
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)


class RefundSerializer(Shown):
    """Without `amount` all that the pieces cost; less needs a reason. Minor units."""

    amount = serializers.IntegerField(
        required=False, default=None, allow_null=True, min_value=0, max_value=LARGEST_AMOUNT
    )
    delivery = serializers.IntegerField(required=False, default=0, min_value=0, max_value=LARGEST_AMOUNT)
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)


class ExchangeSerializer(Shown):
    """What is sent instead. Without `unit_price` what was paid for the same, otherwise today's price; minor units."""

    sku = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=999)
    unit_price = serializers.IntegerField(
        required=False, default=None, allow_null=True, min_value=0, max_value=LARGEST_AMOUNT
    )
