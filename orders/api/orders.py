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
from orders.queries.parcels import service_named
from orders.serializers.orders import (
    CancelSerializer,
    HandOverSerializer,
    OrderFilterSerializer,
    OrderSerializer,
    ShipSerializer,
)
from orders.services.calling_off import call_off_pieces
from orders.services.fulfilment import (
    accept_order,
    cancel_order,
    deliver_order,
    hand_over_order,
    pack_order,
    ship_order,
)
from orders.services.handing import hand_over_with_code
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
        ),
        OpenApiExample(
            "A part of the order",
            value={"service": "peninsula-post/next-day", "weight": 800, "lines": [{"id": 4711, "quantity": 2}]},
            request_only=True,
        ),
    ],
)
class Ship(_OrderStep):
    """The shopper is told the carrier and the number. An order may leave in several parcels: it stays packed until the
    last of its pieces has left."""

    def act(self, order: Order) -> None:
        told = self.valid(ShipSerializer)
        lines = told.pop("lines", None)
        pieces = pieces_of(lines) if lines is not None else None
        told["service"] = service_named(self.union, told["service"], today=self.now.date()) if told["service"] else None
        ship_order(order=order, actor=self.actor, now=self.now, pieces=pieces, **told)


@order_step("orders_deliver", "Note that it arrived", HandOverSerializer)
class Deliver(_OrderStep):
    """The parcel arrived, said by the store or confirmed by the customer; or it was picked up at the counter, where a
    store may ask for the shopper's `code` first."""

    for_customers = True

    def act(self, order: Order) -> None:
        at_counter = order.delivery_kind != DeliveryOption.Kind.DELIVERY
        if at_counter and self.is_customer:
            raise NotAllowed(_("This is done by the store."))
        code = self.valid(HandOverSerializer)["code"]
        if at_counter and code:
            hand_over_with_code(order=order, code=code, actor=self.actor, now=self.now)
            return
        step = hand_over_order if at_counter else deliver_order
        step(order=order, actor=self.actor, now=self.now)


@order_step(
    "orders_cancel",
    "Cancel one order, or pieces of it",
    CancelSerializer,
    examples=[
        OpenApiExample("The whole order", value={"reason": "Not needed any more"}, request_only=True),
        OpenApiExample("A piece", value={"lines": [{"id": 7, "quantity": 1}]}, request_only=True),
    ],
)
class Cancel(_OrderStep):
    """Its stock and its money go back; orders of other stores in the same purchase stay as they are.

    With `lines` only those pieces are called off, and their price goes back. A customer's key can until the order is
    packed, a store's until a piece has left.
    """

    idempotent = {"POST": True}
    for_customers = True

    def act(self, order: Order) -> None:
        wish = self.valid(CancelSerializer)
        by: dict[str, Any] = {"actor": self.actor, "reason": wish["reason"], "now": self.now}
        by["by_store"] = not self.is_customer
        if wish["lines"]:
            restock = wish["restock"] or self.is_customer
            call_off_pieces(order=order, pieces=pieces_of(wish["lines"]), restock=restock, **by)
        else:
            cancel_order(order=order, **by)


def pieces_of(lines: list[dict[str, int]]) -> dict[int, int]:
    """By id of the line; the same one twice is both together."""
    pieces: dict[int, int] = {}
    for line in lines:
        pieces[line["id"]] = pieces.get(line["id"], 0) + line["quantity"]
    return pieces
