"""Resources, free times, reservations and what is done with them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import UnionEndpoint, UnionList
from core.api.idempotency import once
from core.api.step import Step, documented
from core.errors import Invalid, NotAllowed, NotFound
from orders.api.agreeing import Agreeing
from orders.errors import NotBookable
from orders.models import Bookable, Reservation, Resource, Side
from orders.queries.bookables import (
    bookable_by_key,
    bookables_at,
    offered_resources,
    resource_for_booking,
    variant_for_booking,
)
from orders.queries.reservations import reservation_for, reservations_for
from orders.queries.slots import SEARCHED_DAYS, free_slots
from orders.serializers.reservations import (
    NewReservationSerializer,
    NewTimeSerializer,
    NoteSerializer,
    ReservationFilterSerializer,
    ReservationSerializer,
    ResourceFilterSerializer,
    ResourceSerializer,
    SlotFilterSerializer,
    SlotsSerializer,
)
from orders.services.contact import Contact
from orders.services.reservations import (
    accept_reservation,
    cancel_reservation,
    decline_reservation,
    finish_reservation,
    propose_reservation,
    reschedule_reservation,
)

TAGS = ["reservations"]
TOKEN_HEADER = OpenApiParameter(
    "Reservation-Token",
    {"type": "string", "maxLength": 64},
    OpenApiParameter.HEADER,
    required=False,
    description="A guest's reservation: the last part of its `page_url`. Not needed with a key.",
)


class ResourceList(UnionList):
    scopes = {"GET": None}
    serializer_class = ResourceSerializer

    def rows(self) -> Any:
        wish = self.valid(ResourceFilterSerializer, self.request.query_params)
        return offered_resources(self.union, store=wish.get("store", ""))

    @extend_schema(operation_id="resources_list", tags=TAGS, summary="Resources", parameters=[ResourceFilterSerializer])
    def get(self, request: Request, union: str) -> Response:
        """Who or what can be reserved: people, rooms, chairs, machines, with what they do."""
        return self.page()


class SlotList(UnionEndpoint):
    scopes = {"GET": None}

    @extend_schema(
        operation_id="slots_list",
        tags=TAGS,
        summary="Free times",
        parameters=[SlotFilterSerializer],
        responses=SlotsSerializer,
    )
    def get(self, request: Request, union: str) -> Response:
        """By day of the union's calendar; three weeks unless told otherwise, at most 42 days."""
        wish = self.valid(SlotFilterSerializer, request.query_params)
        bookable = self.bookable(wish)
        resource = resource_for_booking(bookable, wish["resource"]) if "resource" in wish else None
        first = wish.get("from") or self.now.astimezone(ZoneInfo(self.union.time_zone)).date()
        last = wish.get("to") or first + timedelta(days=SEARCHED_DAYS - 1)
        days = free_slots(bookable=bookable, first=first, last=last, now=self.now, resource=resource)
        shown = [
            {
                "date": day.date,
                "slots": [
                    {
                        "starts_at": slot.starts_at,
                        "ends_at": slot.ends_at,
                        "left": slot.left,
                        "resources": [one.key for one in slot.resources],
                    }
                    for slot in day.slots
                ],
            }
            for day in days
        ]
        return Response(SlotsSerializer({"service": bookable, "days": shown}).data)

    def bookable(self, wish: dict[str, Any]) -> Bookable:
        """What the request names. Raises Invalid, NotBookable."""
        if "service" in wish:
            return bookable_by_key(self.union, wish["service"])
        if "store" not in wish or "product" not in wish:
            raise Invalid(_("Name a service, or a store and a product."), field="service")
        found = bookables_at(union=self.union, store=wish["store"], product=wish["product"])
        if not found:
            raise NotBookable
        return found[0]


class _Reserving(Agreeing):
    token_header = "Reservation-Token"
    found_by = staticmethod(reservation_for)
    shown_by = ReservationSerializer

    def resource(self, bookable: Bookable, key: str) -> Resource | None:
        return resource_for_booking(bookable, key) if key else None


class ReservationList(UnionList, _Reserving):
    scopes = {"GET": "reservations:read", "POST": "reservations:write"}
    idempotent = {"POST": True}
    serializer_class = ReservationSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "side": self.side}

    def rows(self) -> Any:
        if self.key is None:
            raise NotFound(_("Guests have no list; ask for one reservation with its token."))
        wish = self.valid(ReservationFilterSerializer, self.request.query_params)
        return self.wished(reservations_for(self.union, self.key), wish)

    @extend_schema(
        operation_id="reservations_list", tags=TAGS, summary="Reservations", parameters=[ReservationFilterSerializer]
    )
    def get(self, request: Request, union: str) -> Response:
        """Newest first: a store's own, all of a union's, or a customer's. Guests have no list."""
        return self.page()

    @extend_schema(
        operation_id="reservations_create",
        tags=TAGS,
        summary="Ask for a time",
        request=NewReservationSerializer,
        responses={201: ReservationSerializer},
        examples=[
            OpenApiExample(
                "A guest",
                value={
                    "service": "k3Jx0aPq2b1Z",
                    "starts_at": "2026-11-24T10:00:00Z",
                    "name": "Ada Trevithick",
                    "email": "ada@example.com",
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, union: str) -> Response:
        """Holds the time until the store answers, or confirms it at once, as the service's rules say.

        When somebody was quicker the problem's code is `slot_taken`, and `next` are the nearest free times.
        """
        return once(request, self.propose, required=True)

    def propose(self) -> tuple[int, Any]:
        wish = self.valid(NewReservationSerializer)
        bookable = bookable_by_key(self.union, wish["service"])
        if self.key is not None and self.key.store_id not in (None, bookable.store_id):
            raise NotBookable
        user = self.key.user if self.key is not None else None
        made = propose_reservation(
            bookable=bookable,
            variant=variant_for_booking(bookable, wish["sku"]) if wish["sku"] else None,
            resource=self.resource(bookable, wish["resource"]),
            starts_at=wish["starts_at"],
            side=self.side,
            contact=Contact(user, wish["name"], wish["email"], wish["phone"], get_language() or "en"),
            actor=self.actor,
            note=wish["note"],
            agreed=wish["agreed"],
            now=self.now,
        )
        return 201, self.shown(self.find(made.number, made.token if self.key is None else ""))


class ReservationDetail(_Reserving):
    scopes = {"GET": "reservations:read"}

    @extend_schema(
        operation_id="reservations_retrieve",
        tags=TAGS,
        summary="One reservation",
        responses=ReservationSerializer,
        parameters=[TOKEN_HEADER],
    )
    def get(self, request: Request, union: str, number: str) -> Response:
        """When, what, for whom, where it stands, and every step so far."""
        return Response(self.shown(self.found()))


class _ReservationStep(_Reserving, Step):
    scopes = {"POST": "reservations:write"}
    for_customers: ClassVar[bool] = True

    def found(self) -> Reservation:
        reservation: Reservation = super().found()
        if self.side == Side.CUSTOMER and not self.for_customers:
            raise NotAllowed(_("This is done by the store."))
        return reservation


reservation_step = partial(documented, tags=TAGS, answers=ReservationSerializer, parameters=[TOKEN_HEADER])


@reservation_step("reservations_accept", "Say yes to the proposed time", NoteSerializer)
class Accept(_ReservationStep):
    """By the side that did not propose it."""

    def act(self, reservation: Reservation) -> None:
        note = self.valid(NoteSerializer)["note"]
        accept_reservation(reservation=reservation, side=self.side, actor=self.actor, now=self.now, note=note)


@reservation_step("reservations_decline", "Say no to the proposed time", NoteSerializer)
class Decline(_ReservationStep):
    """By the side that did not propose it; the time is free again."""

    def act(self, reservation: Reservation) -> None:
        note = self.valid(NoteSerializer)["note"]
        decline_reservation(reservation=reservation, side=self.side, actor=self.actor, now=self.now, note=note)


@reservation_step("reservations_counter", "Propose another time", NewTimeSerializer)
class Counter(_ReservationStep):
    """Also moves a confirmed one: at once where the rules say so, else the other side has to accept."""

    def act(self, reservation: Reservation) -> None:
        wish = self.valid(NewTimeSerializer)
        reschedule_reservation(
            reservation=reservation,
            starts_at=wish["starts_at"],
            resource=self.resource(reservation.bookable, wish["resource"]),
            side=self.side,
            actor=self.actor,
            now=self.now,
            note=wish["note"],
            agreed=wish["agreed"],
        )


@reservation_step("reservations_cancel", "Cancel", NoteSerializer)
class Cancel(_ReservationStep):
    """The shopper until the service's rule ends, the store always."""

    def act(self, reservation: Reservation) -> None:
        note = self.valid(NoteSerializer)["note"]
        cancel_reservation(reservation=reservation, side=self.side, actor=self.actor, now=self.now, note=note)


@reservation_step("reservations_done", "Note that it was done", NoteSerializer)
class Done(_ReservationStep):
    """By the store, from its beginning on."""

    for_customers = False

    def act(self, reservation: Reservation) -> None:
        note = self.valid(NoteSerializer)["note"]
        finish_reservation(reservation=reservation, actor=self.actor, now=self.now, came=True, note=note)


@reservation_step("reservations_no_show", "Note that nobody came", NoteSerializer)
class NoShow(_ReservationStep):
    """By the store, some minutes after its beginning."""

    for_customers = False

    def act(self, reservation: Reservation) -> None:
        note = self.valid(NoteSerializer)["note"]
        finish_reservation(reservation=reservation, actor=self.actor, now=self.now, came=False, note=note)
