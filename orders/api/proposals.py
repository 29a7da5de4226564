"""Price proposals over the API, for both sides: naming, answering, and buying at the agreed price."""

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
from orders.errors import VariantNotSold
from orders.models import PriceProposal, Side
from orders.queries.proposals import proposal_for, proposals_for
from orders.serializers.cart import FilledSerializer
from orders.serializers.proposals import (
    AnswerSerializer,
    NamedPriceSerializer,
    NewProposalSerializer,
    ProposalFilterSerializer,
    ProposalSerializer,
)
from orders.services.contact import Contact
from orders.services.proposals import accept_price, counter_price, decline_price, offer_price
from orders.services.proposals.buying import put_proposal_in_cart
from stores.models import Store, Variant

TAGS = ["proposals"]
TOKEN_HEADER = OpenApiParameter(
    "Proposal-Token",
    {"type": "string", "maxLength": 64},
    OpenApiParameter.HEADER,
    required=False,
    description="A guest's proposal: the last part of its `page_url`. Not needed with a key.",
)


class _Pricing(Agreeing):
    token_header = "Proposal-Token"
    found_by = staticmethod(proposal_for)
    shown_by = ProposalSerializer


class ProposalList(UnionList, _Pricing):
    scopes = {"GET": "proposals:read", "POST": "proposals:write"}
    idempotent = {"POST": True}
    serializer_class = ProposalSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "side": self.side}

    def rows(self) -> Any:
        if self.key is None:
            raise NotFound(_("Guests have no list; ask for one proposal with its token."))
        wish = self.valid(ProposalFilterSerializer, self.request.query_params)
        return self.wished(proposals_for(self.union, self.key), wish)

    @extend_schema(
        operation_id="proposals_list", tags=TAGS, summary="Price proposals", parameters=[ProposalFilterSerializer]
    )
    def get(self, request: Request, union: str) -> Response:
        """Newest first: a store's own, all of a union's, or a customer's. Guests have no list."""
        return self.page()

    @extend_schema(
        operation_id="proposals_create",
        tags=TAGS,
        summary="Name a price",
        request=NewProposalSerializer,
        responses={201: ProposalSerializer},
        examples=[
            OpenApiExample(
                "A guest",
                value={
                    "store": "bakery",
                    "sku": "BREAD-L",
                    "quantity": 20,
                    "price": 300,
                    "email": "ada@example.com",
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, union: str) -> Response:
        """The store answers, at once or later: look at `state`. Shoppers can offer for what has its own rule."""
        return once(request, self.propose, required=True)

    def propose(self) -> tuple[int, Any]:
        wish = self.valid(NewProposalSerializer)
        store = Store.objects.filter(union=self.union, slug=wish["store"]).select_related("union", "membership").first()
        if store is None or (self.key is not None and self.key.store_id not in (None, store.pk)):
            raise VariantNotSold
        variant = None
        if wish["sku"]:
            variant = (
                Variant.objects.filter(union=self.union, store=store, sku=wish["sku"]).select_related("product").first()
            )
            if variant is None:
                raise VariantNotSold
        made = offer_price(
            store=store,
            price=wish["price"],
            side=self.side,
            contact=Contact(
                self.key.user if self.key is not None else None,
                wish["name"],
                wish["email"],
                "",
                get_language() or "en",
            ),
            actor=self.actor,
            now=self.now,
            variant=variant,
            words=wish["words"],
            quantity=wish["quantity"],
            note=wish["note"],
            # Behind a program with customers' keys there are many people; each of them is counted by their account.
            address=address_of(self.request._request) if self.key is None else None,
        )
        return 201, self.shown(self.find(made.number, made.token))


class ProposalDetail(_Pricing):
    scopes = {"GET": "proposals:read"}

    @extend_schema(
        operation_id="proposals_retrieve",
        tags=TAGS,
        summary="One price proposal",
        responses=ProposalSerializer,
        parameters=[TOKEN_HEADER],
    )
    def get(self, request: Request, union: str, number: str) -> Response:
        """What for, which price stands, until when, and every step so far."""
        return Response(self.shown(self.found()))


class _PriceStep(_Pricing, Step):
    scopes = {"POST": "proposals:write"}

    def said(self, wish: Any) -> dict[str, Any]:
        told: dict[str, Any] = {"side": self.side, "actor": self.actor, "now": self.now, "note": wish["note"]}
        if "expected" in wish:
            told["expected"] = wish["expected"]
        return told


price_step = partial(documented, tags=TAGS, answers=ProposalSerializer, parameters=[TOKEN_HEADER])


@price_step("proposals_accept", "Say yes to the price", AnswerSerializer)
class Accept(_PriceStep):
    """By the side that did not name it; the pieces are held until `expires_at`."""

    def act(self, proposal: PriceProposal) -> None:
        accept_price(proposal=proposal, **self.said(self.valid(AnswerSerializer)))


@price_step("proposals_counter", "Name another price", NamedPriceSerializer)
class Counter(_PriceStep):
    """By the side that did not name the last one."""

    def act(self, proposal: PriceProposal) -> None:
        wish = self.valid(NamedPriceSerializer)
        counter_price(proposal=proposal, price=wish["price"], **self.said(wish))


@price_step("proposals_decline", "Say no, or take one's own offer back", AnswerSerializer)
class Decline(_PriceStep):
    """A shopper may let go of an agreed price too; a store keeps its word."""

    def act(self, proposal: PriceProposal) -> None:
        told = self.said(self.valid(AnswerSerializer))
        told.pop("expected", None)
        decline_price(proposal=proposal, **told)


@price_step("proposals_order", "Put the agreed pieces into the cart", answers=FilledSerializer)
class IntoCart(_Pricing):
    """At the agreed price; the purchase is placed from the cart as any other, once, before `expires_at`.

    A guest names the cart in `Cart-Token`, or gets a new one.
    """

    scopes = {"POST": "proposals:write"}
    idempotent = {"POST": False}

    def post(self, request: Request, union: str, number: str) -> Response:
        return once(request, self.fill, required=False)

    def fill(self) -> tuple[int, Any]:
        if self.side == Side.STORE:
            raise NotAllowed(_("This is done by the shopper."))
        cart = put_proposal_in_cart(
            proposal=self.found(),
            user=self.key.user if self.key is not None else None,
            token=self.request.headers.get("Cart-Token", "")[:64],
            now=self.now,
        )
        token = None if cart.user_id else cart.token
        return 200, FilledSerializer({"token": token, "pieces": cart.pieces}).data  # type: ignore[attr-defined]
