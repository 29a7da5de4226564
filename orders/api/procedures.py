"""Sales procedures over the API, and the steps of orders that walk by them."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import UnionEndpoint, UnionList
from core.api.idempotency import once
from core.api.step import Step, documented
from core.errors import NotAllowed, NotFound
from orders.models import OrderRun, Procedure
from orders.queries.integrators import order_for
from orders.queries.procedures import procedure_for, procedures_for
from orders.queries.runs import run_of, run_step
from orders.serializers.procedures import (
    DoneSerializer,
    ProcedureSerializer,
    ProcedureWishSerializer,
    RunSerializer,
    SkipSerializer,
    wishes_of,
)
from orders.services.procedures import create_procedure, publish_whole, rename_procedure, retire_procedure
from orders.services.runs.doing import Parcel, do_step, note_step, skip_step
from stores.models import ApiKey, StoreStaff

TAGS = ["procedures"]
EXAMPLE = OpenApiExample(
    "Three steps",
    value={
        "name": "Repairs",
        "steps": [
            {"kind": "confirm", "title": "Confirm", "moves": "accept", "due_count": 2, "due_from": "paid"},
            {"kind": "quality_check", "title": "Check", "checklist": ["Brakes", "Lights"], "promise": "We check it"},
            {"kind": "deliver", "title": "Hand over", "moves": "send", "due_count": 1, "due_unit": "working_days"},
        ],
    },
    request_only=True,
)


def holds_of(key: ApiKey) -> Collection[str] | None:
    """What a key may let others do with orders: the office all, a store's key as much as it may do itself."""
    if key.store_id is None:
        return None
    return {StoreStaff.Permission.ORDERS} if "orders:write" in key.scopes else set()


class ProcedureList(UnionList):
    scopes = {"GET": "procedures:read", "POST": "procedures:write"}
    idempotent = {"POST": True}
    serializer_class = ProcedureSerializer

    def rows(self) -> Any:
        return procedures_for(self.union, self.key).select_related("union")

    @extend_schema(operation_id="procedures_list", tags=TAGS, summary="Sales procedures")
    def get(self, request: Request, union: str) -> Response:
        """Newest first: a store's own and the union's templates; a union's office sees all."""
        return self.page()

    @extend_schema(
        operation_id="procedures_create",
        tags=TAGS,
        summary="Publish a procedure",
        request=ProcedureWishSerializer,
        responses={201: ProcedureSerializer},
        examples=[EXAMPLE],
    )
    def post(self, request: Request, union: str) -> Response:
        """With a store's key one of the store's, with the office's a template of the union. For which orders it is
        used is said on the pages of the store.
        """
        return once(request, self.create, required=True)

    def create(self) -> tuple[int, Any]:
        if self.key.user_id is not None:
            raise NotAllowed(_("This is done by the store."))
        wish = self.valid(ProcedureWishSerializer)
        by: dict[str, Any] = {"actor": self.actor, "now": self.now}
        with transaction.atomic():
            made = create_procedure(union=self.union, store=self.key.store, name=wish["name"], now=self.now)
            publish_whole(procedure=made, wishes=wishes_of(wish["steps"]), holds=holds_of(self.key), **by)
        return 201, ProcedureSerializer(procedure_for(self.union, self.key, made.ref)).data


class ProcedureDetail(UnionEndpoint):
    scopes = {"GET": "procedures:read", "PUT": "procedures:write", "DELETE": "procedures:write"}

    @extend_schema(
        operation_id="procedures_retrieve", tags=TAGS, summary="One procedure", responses=ProcedureSerializer
    )
    def get(self, request: Request, union: str, procedure: str) -> Response:
        """Its newest published steps."""
        return Response(ProcedureSerializer(procedure_for(self.union, self.key, procedure)).data)

    @extend_schema(
        operation_id="procedures_update",
        tags=TAGS,
        summary="Publish the next version",
        request=ProcedureWishSerializer,
        responses=ProcedureSerializer,
        examples=[EXAMPLE],
    )
    def put(self, request: Request, union: str, procedure: str) -> Response:
        """Orders that are paid from now on walk by it; orders on their way keep theirs. A draft is replaced."""
        found = self.own(procedure)
        wish = self.valid(ProcedureWishSerializer)
        by: dict[str, Any] = {"actor": self.actor, "now": self.now}
        with transaction.atomic():
            rename_procedure(procedure=found, name=wish["name"])
            publish_whole(procedure=found, wishes=wishes_of(wish["steps"]), holds=holds_of(self.key), **by)
        return Response(ProcedureSerializer(procedure_for(self.union, self.key, procedure)).data)

    @extend_schema(operation_id="procedures_destroy", tags=TAGS, summary="Put a procedure away", responses={204: None})
    def delete(self, request: Request, union: str, procedure: str) -> Response:
        """No further order walks by it."""
        retire_procedure(procedure=self.own(procedure), now=self.now)
        return Response(status=204)

    def own(self, ref: str) -> Procedure:
        """One that the key may change: a store its own, the office the templates."""
        found = procedure_for(self.union, self.key, ref)
        if found.store_id != self.key.store_id:
            raise NotAllowed
        return found


class OrderRunDetail(UnionEndpoint):
    scopes = {"GET": "orders:read"}

    @extend_schema(
        operation_id="orders_run_retrieve", tags=TAGS, summary="An order on its way", responses=RunSerializer
    )
    def get(self, request: Request, union: str, number: str) -> Response:
        """The steps of the procedure by which the order walks. For stores and the office."""
        order = order_for(self.union, self.key, number)
        run = run_of(order) if self.key.user_id is None else None
        if run is None:
            raise NotFound
        return Response(RunSerializer(run).data)


class _RunStep(Step):
    scopes = {"POST": "orders:write"}

    def found(self) -> OrderRun:
        order = order_for(self.union, self.key, self.kwargs["number"])
        if self.key.user_id is not None:
            raise NotAllowed(_("This is done by the store."))
        run = run_of(order)
        if run is None:
            raise NotFound
        return run

    def shown(self, run: OrderRun) -> Any:
        return RunSerializer(run).data

    def step(self, run: OrderRun) -> Any:
        """The step that the address names."""
        order = run.order
        order.store.union = self.union
        return run_step(order.store, order.number, self.kwargs["place"])


run_step_done = partial(documented, tags=TAGS, answers=RunSerializer)


@run_step_done("orders_run_done", "Do a step of an order", DoneSerializer)
class StepDone(_RunStep):
    """Everything on its checklist has to be ticked. A step that moves the order does so, through all between. Of a
    signature a program says whose it is (`signed_by`); drawn it is on the store's page.
    """

    idempotent = {"POST": True}

    def act(self, run: OrderRun) -> None:
        said = self.valid(DoneSerializer)
        by: dict[str, Any] = {"actor": self.actor, "now": self.now}
        noted = {name: said[name] for name in ("ticked", "note", "signed_by")}
        parcel = Parcel(**{name: said[name] for name in ("carrier", "tracking_number", "tracking_url")})
        do_step(step=note_step(step=self.step(run), **noted, **by), parcel=parcel, by_name=True, **by)


@run_step_done("orders_run_skip", "Leave a step of an order out", SkipSerializer)
class StepSkip(_RunStep):
    """With a reason, where the procedure allows it."""

    def act(self, run: OrderRun) -> None:
        reason = self.valid(SkipSerializer)["reason"]
        skip_step(step=self.step(run), reason=reason, actor=self.actor, now=self.now)
