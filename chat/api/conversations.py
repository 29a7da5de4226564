"""Conversations and their messages, as a shopper's program or as a store's."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core import signing
from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from chat.cards import Showing
from chat.frames.cards import shown_posting
from chat.models import Conversation, Manager, Message, Participant
from chat.queries.consoles import speakers_of
from chat.queries.integrators import conversation_for, conversations_for, messages_after
from chat.queries.shoppers import Shopper
from chat.serializers.conversations import (
    AssignSerializer,
    ConversationFilterSerializer,
    ConversationSerializer,
    MessageFilterSerializer,
    MessagesSerializer,
    NewConversationSerializer,
    NewMessageSerializer,
    NothingSerializer,
    RateSerializer,
    SaidSerializer,
    StartedSerializer,
)
from chat.services.beginning import FirstWords, begin_conversation
from chat.services.conversations import (
    accept_conversation,
    end_conversation,
    join,
    rate_conversation,
    shopper_voice,
    text_posting,
)
from chat.services.handing import hand_over
from chat.services.messages import post
from chat.services.programs import program_user, register_program
from core.api.endpoint import UnionEndpoint, UnionList
from core.api.idempotency import once
from core.api.step import Step, documented
from core.clients import address_of
from core.errors import NotAllowed, NotFound, WrongState
from core.references import new_secret
from stores.models import Store
from unions.middleware.visitor import SALT, visitor_in

TAGS = ["conversations"]
TOKEN_HEADER = OpenApiParameter(
    "Conversation-Token",
    {"type": "string", "maxLength": 200},
    OpenApiParameter.HEADER,
    required=False,
    description="A guest's: `token` of the answer that began it. Not needed with a key.",
)


class _Talking(UnionEndpoint):
    """A store's or the union's key speaks as a program of the store; a customer's key and a guest as the shopper."""

    guests_too = True

    @property
    def by_store(self) -> bool:
        return self.key is not None and self.key.user_id is None

    def shopper(self, visitor: str = "") -> Shopper:
        token = self.request.headers.get("Conversation-Token", "")[:200]
        return Shopper(
            union=self.union,
            visitor=visitor or ("" if self.key is not None else visitor_in({"visitor": token})),
            user=self.key.user if self.key is not None else None,
            language=get_language() or "en",
            address=address_of(self.request._request),
        )

    def found(self) -> Conversation:
        return conversation_for(self.union, self.key, self.shopper(), self.kwargs["ref"])

    def manager(self, conversation: Conversation) -> Manager:
        """The program's own place at the conversation's console. Raises NotAllowed for a shopper."""
        if not self.by_store:
            raise NotAllowed
        user = program_user(key=self.key)
        store = conversation.store if not (self.key.store_id is None and conversation.with_support) else None
        return register_program(key=self.key, store=store, user=user)

    def voice(self, conversation: Conversation) -> Participant:
        """Who speaks here. A program that has accepted it, or joins one that is going on. Raises WrongState."""
        if not self.by_store:
            return shopper_voice(conversation=conversation)
        manager = self.manager(conversation)
        own = speakers_of(manager.user, [conversation.pk]).get(conversation.pk)
        if own is not None:
            return own
        if conversation.state != Conversation.State.ACTIVE:
            raise WrongState(state=conversation.state)
        return join(conversation=conversation, manager=manager, now=self.now)


class ConversationList(UnionList, _Talking):
    scopes = {"GET": "conversations:read", "POST": "conversations:write"}
    idempotent = {"POST": False}
    serializer_class = ConversationSerializer

    def rows(self) -> Any:
        wish = self.valid(ConversationFilterSerializer, self.request.query_params)
        found = conversations_for(self.union, self.key, self.shopper())
        if "state" in wish:
            found = found.filter(state=wish["state"])
        if "store" in wish:
            found = found.filter(store__slug=wish["store"])
        return found

    @extend_schema(
        operation_id="conversations_list", tags=TAGS, summary="Conversations",
        parameters=[ConversationFilterSerializer, TOKEN_HEADER],
    )  # fmt: skip
    def get(self, request: Request, union: str) -> Response:
        """Newest first: a store's own, all of a union's, a customer's, or a guest's own."""
        return self.page()

    @extend_schema(
        operation_id="conversations_create", tags=TAGS, summary="Begin a conversation",
        request=NewConversationSerializer, responses={201: StartedSerializer}, parameters=[TOKEN_HEADER],
    )  # fmt: skip
    def post(self, request: Request, union: str) -> Response:
        """As a shopper: with a customer's key, or as a guest, who gets a `token` for what follows.

        Who has a conversation with this store open already goes on with it.
        """
        return once(request, self.begin, required=False)

    def begin(self) -> tuple[int, Any]:
        if self.by_store:
            raise NotAllowed
        wish = self.valid(NewConversationSerializer)
        store = None
        if wish["store"]:
            store = Store.objects.visible().filter(union=self.union, slug=wish["store"]).first()
            if store is None:
                raise NotFound
        shopper = self.shopper()
        if self.key is None and not shopper.visitor:
            shopper = self.shopper(new_secret(18))
        words = FirstWords(
            text=wish["text"], name=wish["name"], email=wish["email"], department=wish["department"],
            client_id=wish["id"],
        )  # fmt: skip
        begun = begin_conversation(shopper=shopper, store=store, words=words, now=self.now)
        shown = dict(StartedSerializer(begun).data)
        shown["token"] = signing.dumps(shopper.visitor, salt=SALT) if self.key is None else None
        return 201, shown


class ConversationDetail(_Talking):
    scopes = {"GET": "conversations:read"}

    @extend_schema(
        operation_id="conversations_retrieve", tags=TAGS, summary="One conversation", parameters=[TOKEN_HEADER],
        responses=ConversationSerializer,
    )  # fmt: skip
    def get(self, request: Request, union: str, ref: str) -> Response:
        """Where it stands, with whom, and how it was rated."""
        return Response(ConversationSerializer(self.found()).data)


class MessageList(_Talking):
    scopes = {"GET": "conversations:read", "POST": "conversations:write"}
    idempotent = {"POST": False}

    @extend_schema(
        operation_id="messages_list", tags=TAGS, summary="What was said",
        parameters=[MessageFilterSerializer, TOKEN_HEADER], responses=MessagesSerializer,
    )  # fmt: skip
    def get(self, request: Request, union: str, ref: str) -> Response:
        """In order of their numbers, which have no gaps, from the one after `after` on."""
        conversation = self.found()
        wish = self.valid(MessageFilterSerializer, request.query_params)
        found = messages_after(conversation, after=wish["after"], most=wish["page_size"] + 1)
        page, more = found[: wish["page_size"]], len(found) > wish["page_size"]
        following = replace_query_param(request.build_absolute_uri(), "after", page[-1].seq) if more else None
        return Response(MessagesSerializer({"results": page, "next": following}).data)

    @extend_schema(
        operation_id="messages_create", tags=TAGS, summary="Say something", request=NewMessageSerializer,
        responses={201: SaidSerializer}, parameters=[TOKEN_HEADER],
    )  # fmt: skip
    def post(self, request: Request, union: str, ref: str) -> Response:
        """Words, or a card of what is talked about: a product, an order, free times, the customer's own voucher.

        Stored before it is answered, and heard at once. The same `id` of the same speaker is stored once.
        """
        return once(request, self.say, required=False)

    def say(self) -> tuple[int, Any]:
        wish = self.valid(NewMessageSerializer)
        conversation = self.found()
        voice = self.voice(conversation)
        if wish["kind"] == Message.Kind.TEXT:
            posting = text_posting(voice=voice, text=wish["text"], client_id=wish["id"])
        else:
            by = Showing(not self.by_store, self.key.user if self.key is not None else None)
            posting = shown_posting(conversation, voice, wish, by=by)
        (seq,) = post(conversation=conversation, postings=[posting], now=self.now)
        return 201, {"id": wish["id"], "seq": seq}


class _TalkStep(_Talking, Step):
    scopes = {"POST": "conversations:write"}

    def shown(self, conversation: Conversation) -> Any:
        return ConversationSerializer(conversation).data


talk_step = partial(documented, tags=TAGS, answers=ConversationSerializer, parameters=[TOKEN_HEADER])


@talk_step("conversations_accept", "Take a conversation", NothingSerializer)
class Accept(_TalkStep):
    """By a store's program, which shoppers see as automatic. The first who takes it has it."""

    guests_too = False

    def act(self, conversation: Conversation) -> None:
        accept_conversation(conversation=conversation, manager=self.manager(conversation), now=self.now)


@talk_step("conversations_assign", "Hand over", AssignSerializer)
class Assign(_TalkStep):
    """To a colleague, or to whoever is next; what a program hands over goes to a person."""

    guests_too = False

    def act(self, conversation: Conversation) -> None:
        wish = self.valid(AssignSerializer)
        hand_over(
            conversation=conversation, by=self.manager(conversation), to=wish["to"], department=wish["department"],
            note=wish["note"], now=self.now,
        )  # fmt: skip


@talk_step("conversations_end", "End", NothingSerializer)
class End(_TalkStep):
    """By either side; nothing more is said after it."""

    def act(self, conversation: Conversation) -> None:
        by = Conversation.EndedBy.MANAGER if self.by_store else Conversation.EndedBy.SHOPPER
        end_conversation(conversation=conversation, by=by, now=self.now)


@talk_step("conversations_rate", "Say how it was", RateSerializer)
class Rate(_TalkStep):
    """By the shopper, once: 1 to 5 and a word."""

    def act(self, conversation: Conversation) -> None:
        if self.by_store:
            raise NotAllowed
        wish = self.valid(RateSerializer)
        rate_conversation(conversation=conversation, stars=wish["stars"], words=wish["words"], now=self.now)
