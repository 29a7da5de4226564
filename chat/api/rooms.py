"""Rooms around items."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api.callers import shopper_behind, store_behind
from chat.models import Room
from chat.queries.consoles import manager_at
from chat.queries.rooms import guest_of, open_room, open_rooms, room_at, room_frame
from chat.serializers.rooms import (
    HeldSerializer,
    RoomSaidSerializer,
    RoomSerializer,
    RoomStateSerializer,
    WordSerializer,
)
from chat.services.rooms import come_in, hold_item, release_item, say_to_all
from core.api.endpoint import UnionEndpoint, UnionList
from core.api.idempotency import once
from core.api.step import Step, documented
from core.errors import NotAllowed, NotFound

TAGS = ["rooms"]


@extend_schema_view(get=extend_schema(operation_id="rooms_list", tags=TAGS, summary="Open rooms"))
class RoomList(UnionList):
    """Rooms around single items that shoppers may enter now."""

    scopes = {"GET": None}
    serializer_class = RoomSerializer

    def rows(self) -> Any:
        return open_rooms(self.union).order_by("-id")

    def get(self, request: Request, union: str) -> Response:
        return self.page()


class RoomDetail(UnionEndpoint):
    scopes = {"GET": None}

    @extend_schema(operation_id="rooms_retrieve", tags=TAGS, summary="How a room stands", responses=RoomStateSerializer)
    def get(self, request: Request, union: str, room: str) -> Response:
        """Over the sockets the same comes by itself, as the `room` frame."""
        found = open_room(self.union, room)
        return Response(RoomStateSerializer(room_frame(found, now=self.now)).data)


class RoomHold(UnionEndpoint):
    scopes = {"POST": "purchases:write"}
    idempotent = {"POST": True}

    @extend_schema(operation_id="rooms_hold", tags=TAGS, summary="Hold the item", request=None,
                   responses=HeldSerializer)  # fmt: skip
    def post(self, request: Request, union: str, room: str) -> Response:
        """For a customer's key: nobody else can take it until then. `409 room_held` while somebody else holds it."""
        return once(request, self.hold)

    def hold(self) -> tuple[int, Any]:
        shopper = shopper_behind(self.key, self.request)
        found = open_room(self.union, self.kwargs["room"])
        guest = come_in(room=found, shopper=shopper, now=self.now)
        return 200, {"until": hold_item(room=found, guest=guest, now=self.now).isoformat()}


@documented("rooms_release", "Let go of the item", tags=TAGS, answers=RoomStateSerializer)
class RoomRelease(Step):
    """Before the time is over."""

    scopes = {"POST": "purchases:write"}
    idempotent = {"POST": True}

    def found(self) -> Room:
        return open_room(self.union, self.kwargs["room"])

    def act(self, room: Room) -> None:
        guest = guest_of(room, shopper_behind(self.key, self.request))
        if guest is None:
            raise NotFound
        release_item(room=room, guest=guest, now=self.now)

    def shown(self, room: Room) -> Any:
        return dict(RoomStateSerializer(room_frame(room, now=self.now)).data)


class RoomWords(UnionEndpoint):
    scopes = {"POST": "codes:write"}
    idempotent = {"POST": True}

    @extend_schema(operation_id="rooms_say", tags=TAGS, summary="Say something to everybody", request=WordSerializer,
                   responses={201: RoomSaidSerializer})  # fmt: skip
    def post(self, request: Request, union: str, room: str) -> Response:
        """For a store's key, in the name of the manager who made it."""
        return once(request, self.say)

    def say(self) -> tuple[int, Any]:
        store = store_behind(self.key)
        if store is None or self.actor is None:
            raise NotAllowed
        store.union = self.union
        found = room_at(self.union, store, self.kwargs["room"])
        manager = manager_at(self.actor, self.union, store)
        word = say_to_all(room=found, manager=manager, text=self.valid(WordSerializer)["text"], now=self.now)
        return 201, {"seq": word.seq}
