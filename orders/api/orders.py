"""Orders and what is done with them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import UnionEndpoint, UnionList
from core.api.idempotency import once
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


class _Action(UnionEndpoint):
    """Something done with one order; answers with the order afterwards."""

    scopes = {"POST": "orders:write"}
    idempotent = {"POST": False}
    for_customers: ClassVar[bool] = False

    def post(self, request: Request, union: str, number: str) -> Response:
        return once(request, self.answer, required=self.idempotent["POST"])

    def answer(self) -> tuple[int, Any]:
        number = self.kwargs["number"]
        order = order_for(self.union, self.key, number)
        if self.is_customer and not self.for_customers:
            raise NotAllowed(_("This is done by the store."))
        self.act(order)
        return 200, OrderSerializer(order_for(self.union, self.key, number)).data

    @property
    def is_customer(self) -> bool:
        return self.key.user_id is not None

    def act(self, order: Order) -> None:
        raise NotImplementedError


@extend_schema_view(
    post=extend_schema(
        operation_id="orders_accept", tags=TAGS, summary="Accept an order", request=None, responses=OrderSerializer
    )
)
class Accept(_Action):
    """Collects the order's part of the payment first: settled before delivery."""

    idempotent = {"POST": True}

    def act(self, order: Order) -> None:
        accept_order(order=order, actor=self.actor, now=self.now)


@extend_schema_view(
    post=extend_schema(
        operation_id="orders_pack", tags=TAGS, summary="Note that it is packed", request=None, responses=OrderSerializer
    )
)
class Pack(_Action):
    """The parcel is ready, or waits at the counter."""

    def act(self, order: Order) -> None:
        pack_order(order=order, actor=self.actor, now=self.now)


@extend_schema_view(
    post=extend_schema(
        operation_id="orders_ship",
        tags=TAGS,
        summary="Hand the parcel to a carrier",
        request=ShipSerializer,
        responses=OrderSerializer,
        examples=[
            OpenApiExample(
                "A parcel", value={"carrier": "Royal Mail", "tracking_number": "JV123456789GB"}, request_only=True
            )
        ],
    )
)
class Ship(_Action):
    """The shopper is told the carrier and the number."""

    def act(self, order: Order) -> None:
        ship_order(order=order, actor=self.actor, now=self.now, **self.valid(ShipSerializer))


@extend_schema_view(
    post=extend_schema(
        operation_id="orders_deliver",
        tags=TAGS,
        summary="Note that it arrived",
        request=None,
        responses=OrderSerializer,
    )
)
class Deliver(_Action):
    """The parcel arrived, said by the store or confirmed by the customer; or it was picked up at the counter."""

    for_customers = True

    def act(self, order: Order) -> None:
        at_counter = order.delivery_kind != DeliveryOption.Kind.DELIVERY
        if at_counter and self.is_customer:
            raise NotAllowed(_("This is done by the store."))
        step = hand_over_order if at_counter else deliver_order
        step(order=order, actor=self.actor, now=self.now)


@extend_schema_view(
    post=extend_schema(
        operation_id="orders_cancel",
        tags=TAGS,
        summary="Cancel one order",
        request=ReasonSerializer,
        responses=OrderSerializer,
    )
)
class Cancel(_Action):
    """Its stock and its money go back; orders of other stores in the same purchase stay as they are."""

    idempotent = {"POST": True}
    for_customers = True

    def act(self, order: Order) -> None:
        reason = self.valid(ReasonSerializer)["reason"]
        cancel_order(order=order, actor=self.actor, reason=reason, now=self.now, by_store=not self.is_customer)
