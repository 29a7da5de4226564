"""Goods that come back, over the API."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import UnionEndpoint, UnionList
from core.api.idempotency import once
from core.api.step import Step, documented
from core.errors import NotAllowed, NotFound
from orders.api.orders import pieces_of
from orders.models import Return, Side
from orders.queries.integrators import order_for
from orders.queries.returns import active_variant, return_for, returns_for
from orders.serializers.returns import (
    ExchangeSerializer,
    NewReturnSerializer,
    ReceiveSerializer,
    RefundSerializer,
    ReturnAnswerSerializer,
    ReturnFilterSerializer,
    ReturnSerializer,
)
from orders.services.returns import (
    Received,
    approve_return,
    ask_return,
    cancel_return,
    decline_return,
    exchange_return,
    receive_return,
    refund_return,
)
from orders.services.returns.exchanging import Instead

TAGS = ["orders"]


class ReturnList(UnionList):
    scopes = {"GET": "orders:read"}
    serializer_class = ReturnSerializer

    def rows(self) -> Any:
        state = self.valid(ReturnFilterSerializer, self.request.query_params).get("state", "")
        found = returns_for(self.union, self.key)
        return found.filter(state=state) if state else found

    @extend_schema(operation_id="returns_list", tags=TAGS, summary="Returns", parameters=[ReturnFilterSerializer])
    def get(self, request: Request, union: str) -> Response:
        """Newest first: a store's own, all of a union's, or what a customer gave back."""
        return self.page()


class ReturnDetail(UnionEndpoint):
    scopes = {"GET": "orders:read"}

    @extend_schema(operation_id="returns_retrieve", tags=TAGS, summary="One return", responses=ReturnSerializer)
    def get(self, request: Request, union: str, number: str) -> Response:
        """Which pieces, why, what has come of them and every step so far."""
        return Response(ReturnSerializer(return_for(self.union, self.key, number)).data)


class _ReturnStep(Step):
    scopes = {"POST": "orders:write"}
    idempotent = {"POST": True}
    for_customers: ClassVar[bool] = False

    def found(self) -> Return:
        returned = return_for(self.union, self.key, self.kwargs["number"])
        if self.key.user_id is not None and not self.for_customers:
            raise NotAllowed(_("This is done by the store."))
        return returned

    def shown(self, returned: Return) -> Any:
        return ReturnSerializer(returned).data

    @property
    def by(self) -> dict[str, Any]:
        return {"actor": self.actor, "now": self.now}


return_step = partial(documented, tags=TAGS, answers=ReturnSerializer)


@documented(
    "orders_return",
    "Ask to give pieces back",
    NewReturnSerializer,
    examples=[
        OpenApiExample(
            "A piece", value={"lines": [{"id": 7, "quantity": 1}], "reason": "It is cracked"}, request_only=True
        )
    ],
    tags=TAGS,
    answers={201: ReturnSerializer},
)
class AskReturn(UnionEndpoint):
    """A customer's key can once the order has arrived and while the store's days last, a store's key as soon as pieces
    have left. Answers the return.
    """

    scopes = {"POST": "orders:write"}
    idempotent = {"POST": True}

    def post(self, request: Request, union: str, number: str) -> Response:
        return once(request, self.ask)

    def ask(self) -> tuple[int, Any]:
        order = order_for(self.union, self.key, self.kwargs["number"])
        wish = self.valid(NewReturnSerializer)
        returned = ask_return(
            order=order,
            pieces=pieces_of(wish["lines"]),
            reason=wish["reason"],
            wish=wish["wish"],
            by_store=self.key.user_id is None,
            actor=self.actor,
            now=self.now,
        )
        return 201, ReturnSerializer(return_for(self.union, self.key, returned.number)).data


@return_step("returns_approve", "Say yes to a return", ReturnAnswerSerializer)
class Approve(_ReturnStep):
    """The shopper is told, with your answer: where to and how."""

    def act(self, returned: Return) -> None:
        approve_return(returned=returned, **self.valid(ReturnAnswerSerializer), **self.by)


@return_step("returns_decline", "Say no to a return", ReturnAnswerSerializer)
class Decline(_ReturnStep):
    """With the reason as `answer`."""

    def act(self, returned: Return) -> None:
        decline_return(returned=returned, **self.valid(ReturnAnswerSerializer), **self.by)


@return_step("returns_receive", "Note what has come back", ReceiveSerializer)
class Receive(_ReturnStep):
    """Each piece goes back into stock or is written off; what is not named stays with the shopper."""

    def act(self, returned: Return) -> None:
        said = self.valid(ReceiveSerializer)
        pieces: dict[int, Received] = {}
        for line in said["lines"]:
            so_far = pieces.get(line["id"], Received())
            pieces[line["id"]] = Received(so_far.restock + line["restock"], so_far.write_off + line["write_off"])
        receive_return(returned=returned, pieces=pieces, note=said["note"], **self.by)


@return_step("returns_refund", "Give the money of a return back", RefundSerializer)
class Refund(_ReturnStep):
    """All that the pieces cost or, with a reason, less; `delivery` on top. Also after the payout."""

    def act(self, returned: Return) -> None:
        refund_return(returned=returned, **self.valid(RefundSerializer), **self.by)


@return_step("returns_exchange", "Send something else instead", ExchangeSerializer)
class Exchange(_ReturnStep):
    """An order at no charge. What it costs less goes back; what it costs more is a payment request, which the customer
    pays before the order can be accepted.
    """

    def act(self, returned: Return) -> None:
        wish = self.valid(ExchangeSerializer)
        variant = active_variant(returned.store, wish["sku"])
        if variant is None:
            raise NotFound
        instead = Instead(variant, wish["quantity"], wish["unit_price"])
        exchange_return(returned=returned, instead=instead, **self.by)


@return_step("returns_cancel", "Call a return off")
class Cancel(_ReturnStep):
    """While nothing has come; the pieces stay with the shopper."""

    for_customers = True

    def act(self, returned: Return) -> None:
        side = Side.STORE if self.key.user_id is None else Side.CUSTOMER
        cancel_return(returned=returned, side=side, **self.by)
