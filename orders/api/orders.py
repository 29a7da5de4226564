"""Orders and what is done with them."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import UnionEndpoint, UnionList
from core.api.step import Step, documented
from core.errors import NotAllowed
from orders.models import Order
from orders.queries.integrators import order_for, orders_for
from orders.serializers.orders import (
    OrderFilterSerializer,
    OrderSerializer,
    ReasonSerializer,
    ShipSerializer,
)
from orders.services.fulfilment import (
    accept_order,
    cancel_order,
    deliver_order,
    hand_over_order,
    pack_order,
    ship_order,
)
from stores.models import DeliveryOption

TAGS = ["orders"]


class OrderList(UnionList):
    scopes = {"GET": "orders:read"}
    serializer_class = OrderSerializer

    def rows(self) -> Any:
        wish = self.valid(OrderFilterSerializer, self.request.query_params)
        return orders_for(self.union, self.key, state=wish.get("state", ""), store=wish.get("store", ""))

    @extend_schema(operation_id="orders_list", tags=TAGS, summary="Orders", parameters=[OrderFilterSerializer])
    def get(self, request: Request, union: str) -> Response:
        """Newest first: a store's own, all of a union's, or what a customer bought."""
        return self.page()


class OrderDetail(UnionEndpoint):
    scopes = {"GET": "orders:read"}

    @extend_schema(operation_id="orders_retrieve", tags=TAGS, summary="One order", responses=OrderSerializer)
    def get(self, request: Request, union: str, number: str) -> Response:
        """What, for whom, where to, until when, and every step so far."""
        return Response(OrderSerializer(order_for(self.union, self.key, number)).data)


class _OrderStep(Step):
    scopes = {"POST": "orders:write"}
    for_customers: ClassVar[bool] = False

    def found(self) -> Order:
        order = order_for(self.union, self.key, self.kwargs["number"])
        if self.is_customer and not self.for_customers:
            raise NotAllowed(_("This is done by the store."))
        return order

    def shown(self, order: Order) -> Any:
        return OrderSerializer(order).data

    @property
    def is_customer(self) -> bool:
        return self.key.user_id is not None


order_step = partial(documented, tags=TAGS, answers=OrderSerializer)


@order_step("orders_accept", "Accept an order")
class Accept(_OrderStep):
    """Collects the order's part of the payment first: settled before delivery."""

    idempotent = {"POST": True}

    def act(self, order: Order) -> None:
        accept_order(order=order, actor=self.actor, now=self.now)


@order_step("orders_pack", "Note that it is packed")
class Pack(_OrderStep):
    """The parcel is ready, or waits at the counter."""

    def act(self, order: Order) -> None:
        pack_order(order=order, actor=self.actor, now=self.now)


@order_step(
    "orders_ship",
    "Hand the parcel to a carrier",
    ShipSerializer,
    examples=[
        OpenApiExample(
            "A parcel", value={"carrier": "Royal Mail", "tracking_number": "JV123456789GB"}, request_only=True
        )
    ],
)
class Ship(_OrderStep):
    """The shopper is told the carrier and the number."""

    def act(self, order: Order) -> None:
        ship_order(order=order, actor=self.actor, now=self.now, **self.valid(ShipSerializer))


@order_step("orders_deliver", "Note that it arrived")
class Deliver(_OrderStep):
    """The parcel arrived, said by the store or confirmed by the customer; or it was picked up at the counter."""

    for_customers = True

    def act(self, order: Order) -> None:
        at_counter = order.delivery_kind != DeliveryOption.Kind.DELIVERY
        if at_counter and self.is_customer:
            raise NotAllowed(_("This is done by the store."))
        step = hand_over_order if at_counter else deliver_order
        step(order=order, actor=self.actor, now=self.now)


@order_step("orders_cancel", "Cancel one order", ReasonSerializer)
class Cancel(_OrderStep):
    """Its stock and its money go back; orders of other stores in the same purchase stay as they are."""

    idempotent = {"POST": True}
    for_customers = True

    def act(self, order: Order) -> None:
        reason = self.valid(ReasonSerializer)["reason"]
        cancel_order(order=order, actor=self.actor, reason=reason, now=self.now, by_store=not self.is_customer)
