"""Wishes over the API: thrown, watched, taken back, and one answer used; by a customer's program or a guest's."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api.callers import shopper_behind
from chat.queries.shoppers import Shopper
from core.api.endpoint import UnionEndpoint, UnionList
from core.api.idempotency import once
from core.api.step import documented
from core.clients import address_of
from core.errors import NotAllowed
from core.references import new_secret
from matching.models import MatchRequest
from matching.queries.answers import declined_count, ranked_answers, response_to
from matching.queries.requests import request_of, requests_of
from matching.serializers.wishes import (
    AnswersSerializer,
    NewWishSerializer,
    ThrownSerializer,
    UsedSerializer,
    UseSerializer,
    WishFilterSerializer,
    WishSerializer,
    wish_said,
)
from matching.services.ending import cancel_request
from matching.services.picturing import picture_of
from matching.services.throwing import throw_wish
from matching.services.using import Used, use_response
from orders.services.contact import Contact
from unions.middleware.visitor import SALT, visitor_in

TAGS = ["matching"]
TOKEN_HEADER = OpenApiParameter(
    "Wish-Token",
    {"type": "string", "maxLength": 200},
    OpenApiParameter.HEADER,
    required=False,
    description="A guest's: `token` of the answer to the first wish. Not needed with a key.",
)


class _Wishing(UnionEndpoint):
    """A customer's key or a guest. Stores and the union's office have calls instead."""

    guests_too = True

    def shopper(self, *, begins: bool = False) -> Shopper:
        if self.key is not None:
            if self.key.user_id is None:
                raise NotAllowed(_("This is done by the shopper."))
            return shopper_behind(self.key, self.request)
        visitor = visitor_in({"visitor": self.request.headers.get("Wish-Token", "")[:200]})
        return Shopper(
            union=self.union,
            visitor=visitor or (new_secret(18) if begins else ""),
            language=get_language() or "en",
            address=address_of(self.request._request),
        )

    def wish(self) -> MatchRequest:
        """The shopper's own. Raises NotFound, also for somebody else's."""
        return request_of(self.shopper(), self.kwargs["ref"])


class WishList(UnionList, _Wishing):
    scopes = {"GET": "wishes:read", "POST": "wishes:write"}
    idempotent = {"POST": True}
    serializer_class = WishSerializer

    def rows(self) -> Any:
        wish = self.valid(WishFilterSerializer, self.request.query_params)
        return requests_of(self.shopper()).filter(**wish).select_related("union")

    @extend_schema(
        operation_id="match_requests_list", tags=TAGS, summary="Own wishes",
        parameters=[WishFilterSerializer, TOKEN_HEADER],
    )  # fmt: skip
    def get(self, request: Request, union: str) -> Response:
        """Newest first."""
        return self.page()

    @extend_schema(
        operation_id="match_requests_create", tags=TAGS, summary="Throw a wish", request=NewWishSerializer,
        responses={201: ThrownSerializer}, parameters=[TOKEN_HEADER],
        examples=[
            OpenApiExample(
                "A guest",
                value={"words": "brass reading lamp", "budget": 9000, "answers_within": 30},
                request_only=True,
            )
        ],
    )  # fmt: skip
    def post(self, request: Request, union: str) -> Response:
        """Every store that could fulfil it is called at once; some answer within the second, so look at `responses/`.

        Five may run at once, twenty be thrown in an hour; then the answer is `429 too_many`.
        """
        return once(request, self.throw, required=True)

    def throw(self) -> tuple[int, Any]:
        shopper = self.shopper(begins=True)
        wish = wish_said(self.valid(NewWishSerializer), self.union, is_guest=self.key is None)
        made = throw_wish(shopper=shopper, wish=wish, now=self.now)
        shown = dict(WishSerializer(made).data)
        shown["token"] = signing.dumps(shopper.visitor, salt=SALT) if self.key is None else None
        return 201, shown


class WishDetail(_Wishing):
    scopes = {"GET": "wishes:read", "DELETE": "wishes:write"}

    @extend_schema(
        operation_id="match_requests_retrieve", tags=TAGS, summary="One wish", parameters=[TOKEN_HEADER],
        responses=WishSerializer,
    )  # fmt: skip
    def get(self, request: Request, union: str, ref: str) -> Response:
        """Where it stands, to how many stores it was called, and until when they may answer."""
        return Response(WishSerializer(self.wish()).data)

    @extend_schema(
        operation_id="match_requests_cancel", tags=TAGS, summary="Take a wish back", parameters=[TOKEN_HEADER],
        responses=WishSerializer,
    )  # fmt: skip
    def delete(self, request: Request, union: str, ref: str) -> Response:
        """The stores know at once; done twice it is done once. When an answer was used it is `409 wish_over`."""
        return Response(WishSerializer(cancel_request(request=self.wish(), now=self.now)).data)


class WishPicture(_Wishing):
    scopes = {"GET": "wishes:read"}

    @extend_schema(
        operation_id="match_request_pictures_retrieve", tags=TAGS, summary="A picture of one's wish",
        parameters=[TOKEN_HEADER], responses={(200, "image/webp"): bytes},
    )  # fmt: skip
    def get(self, request: Request, union: str, ref: str, picture: str) -> HttpResponse:
        """As it was kept: at most 1,600 points long, nothing in it but the picture."""
        return HttpResponse(picture_of(request=self.wish(), name=picture), content_type="image/webp")


class ResponseList(_Wishing):
    scopes = {"GET": "wishes:read"}

    @extend_schema(
        operation_id="match_responses_list", tags=TAGS, summary="The answers to a wish, ranked",
        parameters=[TOKEN_HEADER], responses=AnswersSerializer,
    )  # fmt: skip
    def get(self, request: Request, union: str, ref: str) -> Response:
        """The best first, with the parts of its score. The socket says `match` when there is something new."""
        wish = self.wish()
        order, _weights = ranked_answers(wish)
        rows = []
        for response, score in order:
            response.score = score  # type: ignore[attr-defined]
            rows.append(response)
        shown = {"state": wish.state, "declined": declined_count(wish), "results": rows}
        return Response(AnswersSerializer(shown).data)


@documented(
    "match_responses_use", "Use an answer", UseSerializer, tags=TAGS, answers=UsedSerializer, parameters=[TOKEN_HEADER]
)
class Use(_Wishing):
    """Once: a line in the cart at the answered price with its pieces held, a reservation, or a conversation.

    A guest names the cart in `Cart-Token`, or gets a new one. `409 answer_changed` when the store has changed it since
    (`version` says the present one), `answer_gone`, `wish_over` and `out_of_stock` when it is no longer to be had; then
    nothing has changed.
    """

    scopes = {"POST": "wishes:write"}
    idempotent = {"POST": False}

    def post(self, request: Request, union: str, ref: str, answer: str) -> Response:
        return once(request, self.use, required=False)

    def use(self) -> tuple[int, Any]:
        wish, said = self.wish(), self.valid(UseSerializer)
        user = self.key.user if self.key is not None else None
        used = use_response(
            shopper=self.shopper(),
            response=response_to(wish, self.kwargs["answer"]),
            version=said["version"],
            contact=Contact(user, said["name"], said["email"] or wish.email, said["phone"], get_language() or "en"),
            cart_token=self.request.headers.get("Cart-Token", "")[:64],
            now=self.now,
        )
        return 200, UsedSerializer(_came_of(used)).data


def _came_of(used: Used) -> dict[str, Any]:
    cart = used.cart
    return {
        "union": used.response.union.slug,
        "response": used.response.ref,
        "cart": cart and {"token": None if cart.user_id else cart.token, "pieces": cart.pieces},  # type: ignore[attr-defined]
        "reservation": used.reservation,
        "conversation": used.conversation,
    }
