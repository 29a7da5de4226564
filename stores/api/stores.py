"""Classes and stores."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import UnionEndpoint, UnionList
from stores.queries.integrators import classes_in, store_in, stores_in
from stores.serializers.stores import ClassesSerializer, StoreFilterSerializer, StorePageSerializer, StoreSerializer


class ClassList(UnionEndpoint):
    scopes = {"GET": None}

    @extend_schema(
        operation_id="classes_list",
        tags=["stores"],
        summary="The business classes of a union's stores",
        responses=ClassesSerializer,
    )
    def get(self, request: Request, union: str) -> Response:
        """Every class that a store of the union belongs to and those above it, in the order of ISIC Rev.4."""
        nodes = []
        for node, count in classes_in(self.union):
            node.store_count = count  # type: ignore[attr-defined]
            nodes.append(node)
        return Response(ClassesSerializer({"results": nodes}).data)


class StoreList(UnionList):
    scopes = {"GET": None}
    serializer_class = StoreSerializer

    def rows(self) -> Any:
        wish = self.valid(StoreFilterSerializer, self.request.query_params)
        return stores_in(self.union, business_class=wish["class"])

    @extend_schema(
        operation_id="stores_list",
        tags=["stores"],
        summary="The stores of a union",
        parameters=[OpenApiParameter("class", description="A business class of ISIC Rev.4; all below it.")],
    )
    def get(self, request: Request, union: str) -> Response:
        """Stores that are open to shoppers, newest first."""
        return self.page()


class StoreDetail(UnionEndpoint):
    scopes = {"GET": None}

    @extend_schema(operation_id="stores_retrieve", tags=["stores"], summary="One store", responses=StorePageSerializer)
    def get(self, request: Request, union: str, store: str) -> Response:
        """What it is, where, when it is open and how it delivers."""
        today = self.now.astimezone(ZoneInfo(self.union.time_zone)).date()
        found = store_in(self.union, store, today=today)
        return Response(StorePageSerializer(found, context={"union": self.union}).data)
