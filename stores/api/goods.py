"""Goods and their prices."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import UnionEndpoint, UnionList
from core.api.etag import etag, expected_version
from core.api.pagination import BestFirst
from stores.queries.integrators import GoodsFilter, goods_for, product_for, searched_goods, variant_for
from stores.serializers.goods import (
    GoodsFilterSerializer,
    NewPriceSerializer,
    PriceSerializer,
    ProductPageSerializer,
    ProductSerializer,
    StockFilterSerializer,
)
from stores.services.catalogue.prices import KEEP, set_price


class ProductList(UnionList):
    scopes = {"GET": None}
    serializer_class = ProductSerializer
    pagination_class = BestFirst

    def rows(self) -> Any:
        wish = self.valid(GoodsFilterSerializer, self.request.query_params)
        words = wish.get("q", "").strip()
        narrowed = GoodsFilter(
            business_class=wish.get("class", ""),
            category=wish.get("category", ""),
            store=wish.get("store", ""),
            in_stock=wish["in_stock"],
        )
        if words:
            return searched_goods(self.union, self.key, narrowed, words)
        return goods_for(self.union, self.key, narrowed)

    @extend_schema(
        operation_id="products_list",
        tags=["products"],
        summary="Goods and services of a union",
        parameters=[GoodsFilterSerializer],
    )
    def get(self, request: Request, union: str) -> Response:
        """What shoppers see, newest first, with variants, prices and live stock.

        With `q` the same search as on the union's pages: all words must be found, the best match comes first, and words
        that find nothing are taken for those of the catalogue that are nearest. At most 500 goods are found.

        With a key that has `catalogue:read` also what is not shown yet: a store's own goods, or all of the union's.
        """
        return self.page()


class ProductDetail(UnionEndpoint):
    scopes = {"GET": None}

    @extend_schema(
        operation_id="products_retrieve", tags=["products"], summary="One product", responses=ProductPageSerializer
    )
    def get(self, request: Request, union: str, store: str, product: str) -> Response:
        """A product with its variants, prices, live stock and pictures."""
        found = product_for(self.union, self.key, store, product)
        return Response(ProductPageSerializer(found, context={"union": self.union}).data)


class PriceDetail(UnionEndpoint):
    scopes = {"GET": "catalogue:read", "PUT": "catalogue:write"}
    versioned = frozenset({"PUT"})

    def variant(self, sku: str) -> Any:
        where = self.valid(StockFilterSerializer, self.request.query_params)
        return variant_for(self.union, self.key, sku, store=where["store"])

    def answer(self, variant: Any) -> Response:
        shown = PriceSerializer(variant, context={"union": self.union}).data
        return Response(shown, headers={"ETag": etag(variant.version)})

    @extend_schema(
        operation_id="prices_retrieve",
        tags=["products"],
        summary="The price of a variant",
        parameters=[StockFilterSerializer],
        responses=PriceSerializer,
    )
    def get(self, request: Request, union: str, sku: str) -> Response:
        """The price with the `ETag` that a change of it has to name."""
        return self.answer(self.variant(sku))

    @extend_schema(
        operation_id="prices_update",
        tags=["products"],
        summary="Change the price of a variant",
        parameters=[StockFilterSerializer],
        request=NewPriceSerializer,
        responses=PriceSerializer,
    )
    def put(self, request: Request, union: str, sku: str) -> Response:
        """Takes effect at once; carts are told of it before anything is bought."""
        variant, wanted = self.variant(sku), self.valid(NewPriceSerializer)
        changed = set_price(
            variant=variant,
            price=wanted["price"],
            was_price=wanted.get("was_price", KEEP),
            expected_version=expected_version(request),
            actor=self.actor,
            now=self.now,
        )
        return self.answer(changed)
