"""What is promised, and who keeps it: for everybody."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ascc.queries.keyed import program_with_scopes, programs_now, provider_at, providers_at, said_of
from ascc.serializers.programs import (
    ProgramFilterSerializer,
    ProgramSerializer,
    ProviderFilterSerializer,
    ProviderRecordSerializer,
    ProviderSerializer,
    VersionFilterSerializer,
)
from core.api.endpoint import UnionEndpoint, UnionList

TAGS = ["vouchers"]


class ProgramList(UnionList):
    scopes = {"GET": None}
    serializer_class = ProgramSerializer

    def rows(self) -> Any:
        wish = self.valid(ProgramFilterSerializer, self.request.query_params)
        return programs_now(self.union, now=self.now, store=wish.get("store", ""), sale=wish.get("sale", ""))

    @extend_schema(
        operation_id="programs_list", tags=TAGS, summary="Service programs", parameters=[ProgramFilterSerializer]
    )
    def get(self, request: Request, union: str) -> Response:
        """Those in force: included with goods or sold beside them, by the service center or by a store."""
        return self.page()


class ProgramDetail(UnionEndpoint):
    scopes = {"GET": None}

    @extend_schema(
        operation_id="programs_retrieve",
        tags=TAGS,
        summary="One program",
        parameters=[VersionFilterSerializer],
        responses=ProgramSerializer,
    )
    def get(self, request: Request, union: str, program: str) -> Response:
        """In its newest version, or in the one that a voucher names."""
        wish = self.valid(VersionFilterSerializer, request.query_params)
        found = program_with_scopes(self.union, program, number=wish.get("version"), now=self.now)
        return Response(ProgramSerializer(found, context={"union": self.union}).data)


class ProviderList(UnionList):
    scopes = {"GET": None}
    serializer_class = ProviderSerializer

    def rows(self) -> Any:
        wish = self.valid(ProviderFilterSerializer, self.request.query_params)
        return providers_at(
            self.union, words=wish.get("q", ""), skill=wish.get("skill", ""), store=wish.get("store", "")
        )

    @extend_schema(
        operation_id="providers_list", tags=TAGS, summary="Service providers", parameters=[ProviderFilterSerializer]
    )
    def get(self, request: Request, union: str) -> Response:
        """Those that the service center has approved, with their record."""
        return self.page()


class ProviderDetail(UnionEndpoint):
    scopes = {"GET": None}

    @extend_schema(
        operation_id="providers_retrieve", tags=TAGS, summary="One provider", responses=ProviderRecordSerializer
    )
    def get(self, request: Request, union: str, provider: str) -> Response:
        """With what customers have said lately. Free times: `slots/?store=`."""
        found = provider_at(self.union, provider)
        shown = ProviderRecordSerializer(found, context={"union": self.union, "said": said_of(found)})
        return Response(shown.data)
