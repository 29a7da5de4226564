"""Customer responses over the API, for customers, stores and the union's office."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import UnionList
from core.api.idempotency import once
from core.api.step import Step, documented
from core.clients import address_of
from core.errors import NotAllowed, NotFound
from orders.api.agreeing import Agreeing
from orders.models import CustomerResponse, Voice
from orders.queries.responses import askable_product, askable_store, response_for, responses_for
from orders.queries.shopper import order_of_buyer
from orders.serializers.responses import (
    NewResponseSerializer,
    ResponseFilterSerializer,
    ResponseSerializer,
    SatisfactionSerializer,
    SomeWordsSerializer,
    WordsSerializer,
)
from orders.services.contact import Contact
from orders.services.responses import (
    Subject,
    answer_response,
    ask_store,
    call_union,
    hand_back,
    pass_to_union,
    rate_response,
    resolve_response,
    say_it_is_settled,
    write_more,
)

TAGS = ["responses"]
TOKEN_HEADER = OpenApiParameter(
    "Response-Token",
    {"type": "string", "maxLength": 64},
    OpenApiParameter.HEADER,
    required=False,
    description="A guest's response: the last part of its `page_url`. Not needed with a key.",
)


class _Responding(Agreeing):
    token_header = "Response-Token"
    found_by = staticmethod(response_for)
    shown_by = ResponseSerializer

    @property
    def side(self) -> str:
        """Whose voice a key has: a store's, its union's, a customer's as a guest's."""
        if self.key is None or self.key.user_id is not None:
            return Voice.CUSTOMER
        return Voice.STORE if self.key.store_id is not None else Voice.UNION


class ResponseList(UnionList, _Responding):
    scopes = {"GET": "responses:read", "POST": "responses:write"}
    idempotent = {"POST": True}
    serializer_class = ResponseSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "side": self.side}

    def rows(self) -> Any:
        if self.key is None:
            raise NotFound(_("Guests have no list; ask for one response with its token."))
        wish = self.valid(ResponseFilterSerializer, self.request.query_params)
        found = responses_for(self.union, self.key)
        if "kind" in wish:
            found = found.filter(kind=wish["kind"])
        return self.wished(found, wish)

    @extend_schema(
        operation_id="responses_list", tags=TAGS, summary="Customer responses", parameters=[ResponseFilterSerializer]
    )
    def get(self, request: Request, union: str) -> Response:
        """Newest first: a store's own, all of a union's, or a customer's. Guests have no list."""
        return self.page()

    @extend_schema(
        operation_id="responses_create",
        tags=TAGS,
        summary="Ask or complain",
        request=NewResponseSerializer,
        responses={201: ResponseSerializer},
        examples=[
            OpenApiExample(
                "A guest",
                value={
                    "store": "bakery",
                    "kind": "question",
                    "words": "Is there rye in it?",
                    "email": "ada@example.com",
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, union: str) -> Response:
        """By customers and guests. The store hears of it at once; `due_at` says by when it answers."""
        return once(request, self.ask, required=True)

    def ask(self) -> tuple[int, Any]:
        if self.side != Voice.CUSTOMER:
            raise NotAllowed(_("This is done by the shopper."))
        wish = self.valid(NewResponseSerializer)
        store = askable_store(union=self.union, slug=wish["store"])
        user = self.key.user if self.key is not None else None
        order = None
        if wish["order"]:
            if user is None:
                raise NotFound
            order = order_of_buyer(user, wish["order"])
        product = askable_product(store=store, slug=wish["product"]) if wish["product"] else None
        made = ask_store(
            subject=Subject(store, order=order, product=product),
            kind=wish["kind"],
            words=wish["words"],
            contact=Contact(user, wish["name"], wish["email"], "", get_language() or "en"),
            actor=self.actor,
            now=self.now,
            address=address_of(self.request._request) if self.key is None else None,
        )
        return 201, self.shown(self.find(made.number, made.token))


class ResponseDetail(_Responding):
    scopes = {"GET": "responses:read"}

    @extend_schema(
        operation_id="responses_retrieve",
        tags=TAGS,
        summary="One customer response",
        responses=ResponseSerializer,
        parameters=[TOKEN_HEADER],
    )
    def get(self, request: Request, union: str, number: str) -> Response:
        """Where it stands, by when the store answers, and everything that was said."""
        return Response(self.shown(self.found()))


class _ResponseStep(_Responding, Step):
    scopes = {"POST": "responses:write"}

    def who(self, response: CustomerResponse) -> dict[str, Any]:
        return {"response": response, "actor": self.actor, "now": self.now}

    def only(self, *voices: str) -> None:
        """Raises NotAllowed for the other sides."""
        if self.side not in voices:
            raise NotAllowed


response_step = partial(documented, tags=TAGS, answers=ResponseSerializer, parameters=[TOKEN_HEADER])


@response_step("responses_answer", "Answer the customer", WordsSerializer)
class Answer(_ResponseStep):
    """By the store or the union; the clock stands still until the customer speaks. A review is answered in public."""

    def act(self, response: CustomerResponse) -> None:
        self.only(Voice.STORE, Voice.UNION)
        answer_response(**self.who(response), words=self.valid(WordsSerializer)["words"], voice=self.side)


@response_step("responses_write", "Say more", WordsSerializer)
class Write(_ResponseStep):
    """By the customer; what was resolved is open again."""

    def act(self, response: CustomerResponse) -> None:
        self.only(Voice.CUSTOMER)
        write_more(**self.who(response), words=self.valid(WordsSerializer)["words"])


@response_step("responses_resolve", "Settle it", SomeWordsSerializer)
class Resolve(_ResponseStep):
    """Store and union say how; a customer simply says so. What is at the union, the store does not settle."""

    def act(self, response: CustomerResponse) -> None:
        wish = self.valid(SomeWordsSerializer)
        if self.side == Voice.CUSTOMER:
            say_it_is_settled(**self.who(response))
        else:
            resolve_response(**self.who(response), words=wish["words"], voice=self.side)


@response_step("responses_escalate", "Call the union", SomeWordsSerializer)
class Escalate(_ResponseStep):
    """By the store at any time; by the customer once the store has answered or its time is over."""

    def act(self, response: CustomerResponse) -> None:
        self.only(Voice.CUSTOMER, Voice.STORE)
        words = self.valid(SomeWordsSerializer)["words"]
        if self.side == Voice.CUSTOMER:
            call_union(**self.who(response), words=words)
        else:
            pass_to_union(**self.who(response), words=words)


@response_step("responses_hand_back", "Hand it back to the store", SomeWordsSerializer)
class HandBack(_ResponseStep):
    """By the union; the store's time to answer begins anew."""

    def act(self, response: CustomerResponse) -> None:
        self.only(Voice.UNION)
        hand_back(**self.who(response), words=self.valid(SomeWordsSerializer)["words"])


@response_step("responses_rate", "Say how it was dealt with", SatisfactionSerializer)
class Rate(_ResponseStep):
    """By the customer, once, when it is settled."""

    def act(self, response: CustomerResponse) -> None:
        self.only(Voice.CUSTOMER)
        wish = self.valid(SatisfactionSerializer)
        rate_response(**self.who(response), stars=wish["satisfaction"], words=wish["words"])
