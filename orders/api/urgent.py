"""Urgent sales over the API: planning and ending them, taking pieces, waiting in the queue."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import UnionEndpoint, UnionList
from core.api.idempotency import once
from orders.api.cart import Shopping
from orders.serializers.cart import FilledSerializer, show_filled
from orders.serializers.urgent import (
    NewSaleSerializer,
    SalePlanSerializer,
    StandingSerializer,
    TakeSerializer,
    UrgentDetailSerializer,
    UrgentFilterSerializer,
    UrgentSaleSerializer,
    show_standing,
)
from orders.services.urgent import stop_waiting, take_urgent, wait_for_urgent
from stores.models import UrgentSale
from stores.queries.integrators import counted_variant_for
from stores.queries.urgent import Standing, own_sale, sale_figures, sale_for, sales_for, shopper_key, standing_of
from stores.services.urgent import SalePlan, change_sale, end_sale, plan_sale

TAGS = ["urgent-sales"]


def shown(sale: UrgentSale, union: Any) -> dict[str, Any]:
    """A sale with its figures."""
    context = {"union": union, "figures": sale_figures([sale])[sale.pk]}
    return dict(UrgentDetailSerializer(sale, context=context).data)


class UrgentSaleList(UnionList):
    scopes = {"GET": None, "POST": "catalogue:write"}
    idempotent = {"POST": True}
    serializer_class = UrgentSaleSerializer

    def rows(self) -> Any:
        where = self.valid(UrgentFilterSerializer, self.request.query_params)
        return sales_for(self.union, self.key, store=where["store"], now=self.now)

    @extend_schema(
        operation_id="urgent_sales_list", tags=TAGS, summary="Urgent sales", parameters=[UrgentFilterSerializer]
    )
    def get(self, request: Request, union: str) -> Response:
        """What runs, is planned, or ended within a day. A store's key sees all of its own, an office's key all."""
        return self.page()

    @extend_schema(
        operation_id="urgent_sales_create",
        tags=TAGS,
        summary="Plan an urgent sale",
        request=NewSaleSerializer,
        responses={201: UrgentDetailSerializer},
        examples=[
            OpenApiExample(
                "A tenth of the shelf for two hours",
                value={
                    "sku": "SOURDOUGH-L",
                    "quantity": 10,
                    "percent": 30,
                    "per_shopper": 2,
                    "starts_at": "2027-03-02T16:00:00Z",
                    "ends_at": "2027-03-02T18:00:00Z",
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, union: str) -> Response:
        """Its pieces leave what the shelf has available at once. It begins and ends by itself."""
        return once(request, self.plan)

    def plan(self) -> tuple[int, Any]:
        said = self.valid(NewSaleSerializer)
        variant = counted_variant_for(self.union, self.key, said.pop("sku"), store=said.pop("store"))
        plan = SalePlan(variant=variant, **said)
        sale = plan_sale(store=variant.store, plan=plan, actor=self.actor, now=self.now)
        return 201, shown(own_sale(self.union, self.key, sale.ref), self.union)


class UrgentSaleDetail(UnionEndpoint):
    scopes = {"GET": None, "PUT": "catalogue:write"}

    @extend_schema(
        operation_id="urgent_sales_retrieve", tags=TAGS, summary="One urgent sale", responses=UrgentDetailSerializer
    )
    def get(self, request: Request, union: str, ref: str) -> Response:
        """With what is left, claimed and bought at this moment."""
        return Response(shown(sale_for(self.union, self.key, ref, now=self.now), self.union))

    @extend_schema(
        operation_id="urgent_sales_update",
        tags=TAGS,
        summary="Plan it differently",
        request=SalePlanSerializer,
        responses=UrgentDetailSerializer,
    )
    def put(self, request: Request, union: str, ref: str) -> Response:
        """As long as it has not begun."""
        sale = own_sale(self.union, self.key, ref)
        plan = SalePlan(variant=sale.variant, **self.valid(SalePlanSerializer))
        change_sale(sale=sale, plan=plan, actor=self.actor, now=self.now)
        return Response(shown(own_sale(self.union, self.key, ref), self.union))


class End(UnionEndpoint):
    scopes = {"POST": "catalogue:write"}
    idempotent = {"POST": False}

    @extend_schema(
        operation_id="urgent_sales_end",
        tags=TAGS,
        summary="End it now, or call it off",
        request=None,
        responses=UrgentDetailSerializer,
    )
    def post(self, request: Request, union: str, ref: str) -> Response:
        """What nobody has claimed is back on the shelf; who has claimed pieces keeps them for their time."""
        return once(request, self.end, required=False)

    def end(self) -> tuple[int, Any]:
        ref = self.kwargs["ref"]
        end_sale(sale=own_sale(self.union, self.key, ref), actor=self.actor, now=self.now)
        return 200, shown(own_sale(self.union, self.key, ref), self.union)


class Take(Shopping):
    scopes = {"POST": "cart:write"}
    idempotent = {"POST": False}
    lean = frozenset({"POST"})

    @extend_schema(
        operation_id="urgent_sales_take",
        tags=TAGS,
        summary="Put pieces into the cart at the sale's price",
        request=TakeSerializer,
        responses={201: FilledSerializer},
    )
    def post(self, request: Request, union: str, ref: str) -> Response:
        """They are claimed for ten minutes. Refused with `urgent_busy` while others have claimed all: then wait in the
        queue by `place/`. `sold_out` stays, unless a payment fails.
        """
        if not self.token and self.customer is None:
            status, answer = self.take()
            return Response(answer, status=status)
        return once(request, self.take, required=False)

    def take(self) -> tuple[int, Any]:
        filled = take_urgent(
            union=self.union,
            user=self.customer,
            token=self.token,
            ref=self.kwargs["ref"],
            quantity=self.valid(TakeSerializer)["quantity"],
            now=self.now,
        )
        return 201, show_filled(filled)


class Place(Shopping):
    scopes = {"GET": "cart:write", "POST": "cart:write", "DELETE": "cart:write"}
    idempotent = {"POST": False}

    def standing(self, sale: UrgentSale, token: str) -> dict[str, Any]:
        user = self.customer
        if user is None and not token:
            return show_standing(Standing(), "")
        shopper = shopper_key(user_id=user.pk if user else None, token=token)
        return show_standing(standing_of(sale, shopper, now=self.now), token)

    @extend_schema(
        operation_id="urgent_sales_place", tags=TAGS, summary="Where the shopper stands", responses=StandingSerializer
    )
    def get(self, request: Request, union: str, ref: str) -> Response:
        """What is claimed and bought, and how many wait before the shopper."""
        return Response(self.standing(sale_for(self.union, self.key, ref, now=self.now), self.token))

    @extend_schema(
        operation_id="urgent_sales_wait",
        tags=TAGS,
        summary="Wait in the queue",
        request=TakeSerializer,
        responses={201: StandingSerializer},
    )
    def post(self, request: Request, union: str, ref: str) -> Response:
        """Who is let in has three minutes to `take/` the pieces. Who waits already keeps the place."""
        if not self.token and self.customer is None:
            status, answer = self.wait()
            return Response(answer, status=status)
        return once(request, self.wait, required=False)

    def wait(self) -> tuple[int, Any]:
        sale, token = wait_for_urgent(
            union=self.union,
            user=self.customer,
            token=self.token,
            ref=self.kwargs["ref"],
            quantity=self.valid(TakeSerializer)["quantity"],
            now=self.now,
        )
        return 201, self.standing(sale, "" if self.customer is not None else token)

    @extend_schema(
        operation_id="urgent_sales_leave", tags=TAGS, summary="Leave the queue", responses={200: StandingSerializer}
    )
    def delete(self, request: Request, union: str, ref: str) -> Response:
        """Leaving a queue one is not in changes nothing."""
        sale = stop_waiting(union=self.union, user=self.customer, token=self.token, ref=ref, now=self.now)
        return Response(self.standing(sale, self.token))
