"""Stock and its movements."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import UnionEndpoint, UnionList
from core.api.etag import etag, expected_version
from core.api.idempotency import once
from stores.queries.integrators import counted_variant_for, counted_variants_for, movements_of
from stores.serializers.goods import (
    MovementSerializer,
    NewMovementSerializer,
    StockChangeSerializer,
    StockFilterSerializer,
    StockSerializer,
)
from stores.services.counting import count_stock
from stores.services.stock import receive, take_out

TAGS = ["stock"]


class StockList(UnionList):
    scopes = {"GET": "stock:read"}
    serializer_class = StockSerializer

    def rows(self) -> Any:
        where = self.valid(StockFilterSerializer, self.request.query_params)
        return counted_variants_for(self.union, self.key, store=where["store"])

    @extend_schema(
        operation_id="stock_list",
        tags=TAGS,
        summary="Stock of all counted variants",
        parameters=[StockFilterSerializer],
    )
    def get(self, request: Request, union: str) -> Response:
        """A store's key sees its own store, a union's key all stores."""
        return self.page()


class _OfVariant(UnionEndpoint):
    """An address that names a stock keeping unit."""

    def variant(self) -> Any:
        where = self.valid(StockFilterSerializer, self.request.query_params)
        return counted_variant_for(self.union, self.key, self.kwargs["sku"], store=where["store"])


class StockDetail(_OfVariant):
    scopes = {"GET": "stock:read", "PATCH": "stock:write"}
    versioned = frozenset({"PATCH"})

    def answer(self, variant: Any) -> Response:
        level = getattr(variant, "stock", None)
        return Response(StockSerializer(variant).data, headers={"ETag": etag(level.on_hand if level else 0)})

    @extend_schema(
        operation_id="stock_retrieve",
        tags=TAGS,
        summary="Stock of one variant",
        parameters=[StockFilterSerializer],
        responses=StockSerializer,
    )
    def get(self, request: Request, union: str, sku: str) -> Response:
        """The `ETag` changes with what is on hand, not with every shopper's reservation."""
        return self.answer(self.variant())

    @extend_schema(
        operation_id="stock_count",
        tags=TAGS,
        summary="Count stock",
        parameters=[StockFilterSerializer],
        request=StockChangeSerializer,
        responses=StockSerializer,
        examples=[OpenApiExample("A count", value={"on_hand": 24, "reason": "monthly count"}, request_only=True)],
    )
    def patch(self, request: Request, union: str, sku: str) -> Response:
        """Set what is on hand to what was counted; the difference is written down as a movement."""
        variant, wanted = self.variant(), self.valid(StockChangeSerializer)
        counted = count_stock(
            variant=variant,
            expected=expected_version(request),
            on_hand=wanted.get("on_hand"),
            low_at=wanted.get("low_at"),
            reason=wanted["reason"],
            actor=self.actor,
            now=self.now,
        )
        return self.answer(counted)


class MovementList(_OfVariant, UnionList):
    scopes = {"GET": "stock:read", "POST": "stock:write"}
    idempotent = {"POST": True}
    serializer_class = MovementSerializer

    def rows(self) -> Any:
        return movements_of(self.variant())

    @extend_schema(
        operation_id="stock_movements_list",
        tags=TAGS,
        summary="Every change of a variant's stock",
        parameters=[StockFilterSerializer],
    )
    def get(self, request: Request, union: str, sku: str) -> Response:
        """Newest first. The sum of `quantity` is what is on hand, the sum of `reserved` what is reserved."""
        return self.page()

    @extend_schema(
        operation_id="stock_movements_create",
        tags=TAGS,
        summary="Lay in or take out stock",
        parameters=[StockFilterSerializer],
        request=NewMovementSerializer,
        responses={201: StockSerializer},
        examples=[
            OpenApiExample(
                "A delivery", value={"kind": "received", "quantity": 12, "reference": "DN-4711"}, request_only=True
            )
        ],
    )
    def post(self, request: Request, union: str, sku: str) -> Response:
        """Answers with the stock afterwards."""
        return once(request, self.move)

    def move(self) -> tuple[int, Any]:
        variant, wanted = self.variant(), self.valid(NewMovementSerializer)
        change = receive if wanted["kind"] == "received" else take_out
        change(
            variant=variant,
            quantity=wanted["quantity"],
            actor=self.actor,
            reason=wanted["reason"],
            reference=wanted["reference"],
            now=self.now,
        )
        return 201, StockSerializer(self.variant()).data
