"""The REST API's unions."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Endpoint, UnionEndpoint
from core.api.pagination import BySlug
from unions.queries import add_regions, nearest_unions, published_unions, with_regions
from unions.serializers import (
    NearUnionsSerializer,
    PlaceSerializer,
    UnionPageSerializer,
    UnionSerializer,
)


class UnionList(Endpoint, ListAPIView):
    scopes = {"GET": None}
    serializer_class = UnionSerializer
    pagination_class = BySlug

    def get_queryset(self) -> Any:
        return with_regions(published_unions())

    @extend_schema(operation_id="unions_list", tags=["unions"], summary="Unions that shoppers may enter")
    def get(self, request: Request) -> Response:
        """All published unions by their short names, also those on another deployment."""
        return self.list(request)


class NearestUnions(Endpoint):
    scopes = {"GET": None}

    @extend_schema(
        operation_id="unions_nearest",
        tags=["unions"],
        summary="The unions nearest to a place",
        parameters=[PlaceSerializer],
        responses=NearUnionsSerializer,
    )
    def get(self, request: Request) -> Response:
        """The three nearest by the great circle to their centres, nearest first."""
        place = self.valid(PlaceSerializer, request.query_params)
        found = add_regions(nearest_unions(place["lat"], place["lon"]))
        return Response(NearUnionsSerializer({"results": found}).data)


class UnionDetail(UnionEndpoint):
    scopes = {"GET": None}

    @extend_schema(operation_id="unions_retrieve", tags=["unions"], summary="One union", responses=UnionPageSerializer)
    def get(self, request: Request, union: str) -> Response:
        """What the union is, where, in which currency, and how to reach its office."""
        add_regions([self.union])
        return Response(UnionPageSerializer(self.union).data)
