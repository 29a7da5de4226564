"""Who is there, and how a store talks."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat.models import SavedReply, TalkSettings
from chat.queries.integrators import place_for
from chat.queries.presence import presence_frame, presence_of
from chat.serializers.conversations import (
    PlaceSerializer,
    PresenceFilterSerializer,
    PresencesSerializer,
    SavedRepliesSerializer,
    SavedReplySerializer,
    TalkSettingsSerializer,
)
from chat.services.talk_settings import delete_reply, save_reply, save_talk_settings
from core.api.endpoint import UnionEndpoint
from core.errors import Invalid, NotFound
from stores.models import Store

TAGS = ["conversations"]
MOST_STORES = 100


class PresenceList(UnionEndpoint):
    scopes = {"GET": None}

    @extend_schema(
        operation_id="presence_list", tags=TAGS, summary="Who is there", parameters=[PresenceFilterSerializer],
        responses=PresencesSerializer,
    )  # fmt: skip
    def get(self, request: Request, union: str) -> Response:
        """Whether somebody at these stores answers now, and after how long; without a name the union's support."""
        slugs = self.valid(PresenceFilterSerializer, request.query_params)["store"].split(",")
        if len(slugs) > MOST_STORES:
            raise Invalid(field="store")
        stores: list[Store | None] = list(Store.objects.visible().filter(union=self.union, slug__in=slugs))
        if "" in slugs:
            stores.append(None)
        found = presence_of(self.union, stores, now=self.now)
        shown = [presence_frame(each.slug if each else "", found[each.pk if each else None]) for each in stores]
        return Response(PresencesSerializer({"results": shown}).data)


class _OfPlace(UnionEndpoint):
    """Of the key's store, or of the one that a union's key names."""

    def place(self) -> Store | None:
        wish = self.valid(PlaceSerializer, self.request.query_params)
        return place_for(self.union, self.key, wish["store"])


class SavedReplyList(_OfPlace):
    scopes = {"GET": "conversations:read", "POST": "conversations:write"}
    idempotent = {"POST": False}

    @extend_schema(
        operation_id="saved_replies_list", tags=TAGS, summary="Saved replies", parameters=[PlaceSerializer],
        responses=SavedRepliesSerializer,
    )  # fmt: skip
    def get(self, request: Request, union: str) -> Response:
        """All of them, by shortcut."""
        found = SavedReply.objects.filter(union=self.union, store=self.place())
        return Response(SavedRepliesSerializer({"results": found}).data)

    @extend_schema(
        operation_id="saved_replies_create", tags=TAGS, summary="Keep a reply", parameters=[PlaceSerializer],
        request=SavedReplySerializer, responses={201: SavedReplySerializer},
    )  # fmt: skip
    def post(self, request: Request, union: str) -> Response:
        """`{name}`, `{store}`, `{product}`, `{order}` in its text are filled in from the conversation."""
        wish = self.valid(SavedReplySerializer)
        reply = save_reply(union=self.union, store=self.place(), shortcut=wish["shortcut"], text=wish["text"])
        return Response(SavedReplySerializer(reply).data, status=201)


class SavedReplyDetail(_OfPlace):
    scopes = {"PUT": "conversations:write", "DELETE": "conversations:write"}

    @extend_schema(
        operation_id="saved_replies_update", tags=TAGS, summary="Change a reply", parameters=[PlaceSerializer],
        request=SavedReplySerializer, responses=SavedReplySerializer,
    )  # fmt: skip
    def put(self, request: Request, union: str, reply: int) -> Response:
        """Its shortcut and its text."""
        place = self.place()
        found = SavedReply.objects.filter(union=self.union, store=place, pk=reply).first()
        if found is None:
            raise NotFound
        wish = self.valid(SavedReplySerializer)
        changed = save_reply(union=self.union, store=place, shortcut=wish["shortcut"], text=wish["text"], reply=found)
        return Response(SavedReplySerializer(changed).data)

    @extend_schema(
        operation_id="saved_replies_delete", tags=TAGS, summary="Delete a reply", parameters=[PlaceSerializer],
        responses={204: None},
    )  # fmt: skip
    def delete(self, request: Request, union: str, reply: int) -> Response:
        delete_reply(union=self.union, store=self.place(), reply=reply)
        return Response(status=204)


class TalkSettingsDetail(_OfPlace):
    scopes = {"GET": "conversations:read", "PATCH": "conversations:write"}

    @extend_schema(
        operation_id="talk_settings_retrieve", tags=TAGS, summary="How a store talks", parameters=[PlaceSerializer],
        responses=TalkSettingsSerializer,
    )  # fmt: skip
    def get(self, request: Request, union: str) -> Response:
        """Whether it does, its first words, how long offers stand, voice and video."""
        found = TalkSettings.objects.filter(union=self.union, store=self.place()).first() or TalkSettings()
        return Response(TalkSettingsSerializer(found).data)

    @extend_schema(
        operation_id="talk_settings_update", tags=TAGS, summary="Change how a store talks",
        parameters=[PlaceSerializer], request=TalkSettingsSerializer, responses=TalkSettingsSerializer,
    )  # fmt: skip
    def patch(self, request: Request, union: str) -> Response:
        """Only what is named is changed."""
        place = self.place()
        cleaned = TalkSettingsSerializer(data=request.data, partial=True)
        cleaned.is_valid(raise_exception=True)
        saved = save_talk_settings(union=self.union, store=place, values=dict(cleaned.validated_data), now=self.now)
        return Response(TalkSettingsSerializer(saved).data)
