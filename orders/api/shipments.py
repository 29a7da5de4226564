"""Parcels for those who carry them: one parcel, and what is told of it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import UnionEndpoint
from core.api.step import Step, documented
from core.errors import NotAllowed
from orders.models import Shipment, TrackingEvent
from orders.queries.parcels import shipment_for
from orders.serializers.orders import ParcelSerializer, TrackingWordSerializer
from orders.services.tracking import record_event

TAGS = ["shipments"]


class ShipmentDetail(UnionEndpoint):
    scopes = {"GET": "orders:read"}

    @extend_schema(operation_id="shipments_retrieve", tags=TAGS, summary="One parcel", responses=ParcelSerializer)
    def get(self, request: Request, union: str, number: str) -> Response:
        """What is in it, who carries it, and every event so far. `number` is ours or the carrier's."""
        return Response(ParcelSerializer(shipment_for(self.union, self.key, number)).data)


@documented("shipments_event", "Tell where a parcel is", TrackingWordSerializer, tags=TAGS, answers=ParcelSerializer)
class ShipmentEvents(Step):
    """For a carrier's program, with a key of the union that is named on the carrier (then it reaches that carrier's
    parcels), or a store's own. Told twice, an event is one; an older one never turns the parcel back. With its last
    parcel an order is delivered."""

    scopes = {"POST": "shipments:write"}

    def found(self) -> Shipment:
        parcel = shipment_for(self.union, self.key, self.kwargs["number"])
        if self.key.user_id is not None:
            raise NotAllowed
        return parcel

    def act(self, parcel: Shipment) -> None:
        told = self.valid(TrackingWordSerializer)
        parcel.order.union = self.union
        record_event(
            shipment=parcel,
            now=self.now,
            source=TrackingEvent.Source.API,
            external_id=told.pop("id"),
            actor=self.actor,
            **told,
        )

    def shown(self, parcel: Shipment) -> Any:
        return ParcelSerializer(parcel).data
