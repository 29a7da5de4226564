"""Cart, checkout and purchase: from nothing to a paid order in three requests."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from core.api.idempotency import once
from core.api.lean import LeanEndpoint
from core.errors import Invalid, NotFound
from orders.models import Cart, Purchase
from orders.queries.cart_review import review_cart
from orders.queries.integrators import parts_of, purchase_for, store_ids
from orders.serializers.cart import (
    CartReviewSerializer,
    CheckoutSerializer,
    DigestSerializer,
    FilledSerializer,
    NewLinesSerializer,
    QuantitySerializer,
    show_filled,
    show_review,
)
from orders.serializers.orders import PurchaseSerializer, show_purchase
from orders.serializers.quick import quick_details, quick_digest, quick_lines
from orders.services.cart import find_cart
from orders.services.cart_lines import Want, add_all_to_cart, change_line, drop_line, start_cart
from orders.services.checkout import CheckoutDetails, choose_delivery, save_details, save_guest_details
from orders.services.purchase import NO_CART, pay, place_guests_purchase, place_purchase
from payments.models import PaymentAccount
from payments.queries.accounts import default_account, payment_account_named
from payments.queries.books import request_of
from payments.services.accounts import add_payment_account, ask_provider

TAGS = ["purchases"]
Quick = Callable[[dict[str, Any]], dict[str, Any] | None]
TOKEN = re.compile(r"[A-Za-z0-9_-]{32,64}")


class Shopping(LeanEndpoint):
    """A customer's key opens the customer's cart; everyone else names a guest's cart by its token."""

    guests_too = True
    cart_token = True

    @property
    def customer(self) -> Any:
        return self.key.user if self.key is not None else None

    @property
    def token(self) -> str:
        """The guest's token, or none. Raises Invalid for one that could be guessed."""
        token = self.request.headers.get("Cart-Token", "")
        if not token or self.customer is not None:
            return ""
        if not TOKEN.fullmatch(token):
            raise Invalid(_("A Cart-Token has 32 to 64 letters, digits, hyphens and underscores."), field="Cart-Token")
        return token

    def read(self, serializer: type[BaseSerializer[Any]], quick: Quick) -> dict[str, Any]:
        """The cleaned body: at once when it is plainly right, else as the serializer sees it."""
        data = self.request.data
        return (quick(data) if isinstance(data, dict) else None) or self.valid(serializer)

    def cart(self) -> Cart:
        cart = find_cart(union=self.union, user=self.customer, token=self.token)
        if cart is None:
            raise NotFound(NO_CART)
        return cart

    def review(self, cart: Cart, *, status: int = 200) -> Response:
        return Response(show_review(review_cart(cart=cart, now=self.now)), status=status)


class CartDetail(Shopping):
    scopes = {"GET": "cart:write", "POST": "cart:write"}

    @extend_schema(operation_id="cart_retrieve", tags=TAGS, summary="The cart", responses=CartReviewSerializer)
    def get(self, request: Request, union: str) -> Response:
        """Lines with today's prices and stock, ways of delivery, totals and what changed meanwhile."""
        return self.review(self.cart())

    @extend_schema(
        operation_id="cart_create",
        tags=TAGS,
        summary="Open a cart",
        request=None,
        responses={201: CartReviewSerializer},
    )
    def post(self, request: Request, union: str) -> Response:
        """An empty cart, or the one that is open already. `POST cart/lines/` does this by itself."""
        cart = start_cart(union=self.union, user=self.customer, token=self.token, now=self.now)
        return self.review(cart, status=201)


class CartLines(Shopping):
    scopes = {"POST": "cart:write"}
    idempotent = {"POST": False}
    lean = frozenset({"POST"})

    @extend_schema(
        operation_id="cart_lines_create",
        tags=TAGS,
        summary="Put things into the cart",
        request=NewLinesSerializer,
        responses={201: FilledSerializer},
        examples=[
            OpenApiExample(
                "From two stores",
                value={
                    "lines": [
                        {"store": "penberth-bakery", "sku": "SOURDOUGH-L", "quantity": 2},
                        {"store": "tamar-cheese", "sku": "YARG-500", "quantity": 1},
                    ]
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, union: str) -> Response:
        """All of the lines, or none when one of them cannot be had. They are held for ten minutes.

        Makes the cart if need be. A guest may choose the `Cart-Token`: 32 to 64 random characters.
        """
        if not self.token and self.customer is None:
            # Without a name of the caller's own nobody could tell whose key an Idempotency-Key is.
            status, answer = self.add()
            return Response(answer, status=status)
        return once(request, self.add, required=False)

    def add(self) -> tuple[int, Any]:
        cart = add_all_to_cart(
            union=self.union,
            user=self.customer,
            token=self.token,
            wants=[
                Want(line["quantity"], line.get("variant"), line.get("store", ""), line.get("sku", ""))
                for line in self.read(NewLinesSerializer, quick_lines)["lines"]
            ],
            now=self.now,
        )
        return 201, show_filled(cart)


class CartLine(Shopping):
    scopes = {"PUT": "cart:write", "DELETE": "cart:write"}

    @extend_schema(
        operation_id="cart_lines_update",
        tags=TAGS,
        summary="Change how many",
        request=QuantitySerializer,
        responses=FilledSerializer,
    )
    def put(self, request: Request, union: str, store: str, sku: str) -> Response:
        """The line becomes exactly that quantity."""
        cart, quantity = self.cart(), self.valid(QuantitySerializer)["quantity"]
        cart = change_line(cart=cart, store=store, sku=sku, quantity=quantity, now=self.now)
        return Response(show_filled(cart))

    @extend_schema(
        operation_id="cart_lines_destroy", tags=TAGS, summary="Take a line out", responses={200: FilledSerializer}
    )
    def delete(self, request: Request, union: str, store: str, sku: str) -> Response:
        """Its pieces are free for others at once."""
        return Response(show_filled(drop_line(cart=self.cart(), store=store, sku=sku, now=self.now)))


class Checkout(Shopping):
    scopes = {"GET": "cart:write", "PUT": "cart:write"}
    lean = frozenset({"PUT"})

    @extend_schema(operation_id="checkout_retrieve", tags=TAGS, summary="The review", responses=CartReviewSerializer)
    def get(self, request: Request, union: str) -> Response:
        """Everything for confirmation before anything is charged."""
        return self.review(self.cart())

    @extend_schema(
        operation_id="checkout_update",
        tags=TAGS,
        summary="Say who, where to, how delivered and paid from where",
        request=CheckoutSerializer,
        responses=CartReviewSerializer,
        examples=[
            OpenApiExample(
                "A guest",
                value={
                    "email": "ada@example.com",
                    "recipient": "Ada Trevithick",
                    "line1": "3 Lemon Street",
                    "city": "Truro",
                    "postal_code": "TR1 2LZ",
                    "country": "GB",
                    "payment": {"token": "bank:approves"},
                },
                request_only=True,
            )
        ],
    )
    def put(self, request: Request, union: str) -> Response:
        """Answers with the review; its `digest` is what `POST purchases/` confirms."""
        said = self.read(CheckoutSerializer, quick_details)
        delivery, payment = said.pop("delivery", {}), said.pop("payment", None)
        wishes = said.pop("wishes", {})
        if wishes.keys() - delivery.keys():
            raise Invalid(_("Choose the delivery of each store for which you wish a time."), field="wishes")
        details = CheckoutDetails(**said)
        cart = self.guests_cart(details, payment) if self.customer is None else self.customers_cart(details, payment)
        choices = self.choices(delivery)
        named = dict(zip(delivery, choices, strict=True))
        choose_delivery(cart=cart, choices=choices, wishes={named[slug]: wish for slug, wish in wishes.items()})
        return self.review(cart)

    def guests_cart(self, details: CheckoutDetails, payment: dict[str, Any] | None) -> Cart:
        """The guest's cart with the details in it; paid by a token for this purchase only, or as it was said before."""
        try:
            if payment is not None and "account" in payment:
                raise Invalid(_("Only a customer's key has accounts of its own; give a token."), field="payment")
            provider = payment["provider"] if payment else ""
            named = {"token": payment["token"], "holder": details.recipient} if payment else {}
            account = ask_provider(provider=provider, details=named) if payment else None
        except Invalid:
            # Whoever has no cart is told that first.
            self.cart()
            raise
        cart = save_guest_details(
            union=self.union, token=self.token, details=details, account=account, provider=provider, now=self.now
        )
        if cart is None:
            raise NotFound(NO_CART)
        return cart

    def customers_cart(self, details: CheckoutDetails, payment: dict[str, Any] | None) -> Cart:
        cart = self.cart()
        account = self.account(cart, payment, holder=details.recipient)
        return save_details(cart=cart, details=details, account=account, now=self.now)

    def choices(self, delivery: dict[str, int]) -> dict[int, int]:
        known = store_ids(self.union, list(delivery))
        unknown = delivery.keys() - known.keys()
        if unknown:
            raise Invalid(_("There is no such store here."), field="delivery")
        return {known[slug]: option for slug, option in delivery.items()}

    def account(self, cart: Cart, payment: dict[str, Any] | None, *, holder: str) -> PaymentAccount | None:
        """The customer's account that is meant; None leaves the cart's own."""
        if payment is None:
            return default_account(self.customer) if cart.payment_account_id is None else None
        if "account" in payment:
            return payment_account_named(self.customer, payment["account"])
        before = cart.payment_account if cart.payment_account_id else None
        if before and before.user_id is None and before.token == payment["token"]:
            return before
        details = {"token": payment["token"], "holder": holder}
        return add_payment_account(user=None, provider=payment["provider"], details=details, now=self.now)


class Purchases(Shopping):
    scopes = {"POST": "purchases:write"}
    idempotent = {"POST": True}
    lean = frozenset({"POST"})

    @extend_schema(
        operation_id="purchases_create",
        tags=TAGS,
        summary="Buy what was reviewed",
        request=DigestSerializer,
        responses={201: PurchaseSerializer},
    )
    def post(self, request: Request, union: str) -> Response:
        """Places one order per store and asks for the payment. Refused with `review_changed` when anything is not as
        it was reviewed; then nothing was charged. Look at `payment`: it may have failed, or want to be confirmed.
        """
        return once(request, self.buy, repeatable=True)

    def buy(self) -> tuple[int, Any]:
        digest = self.read(DigestSerializer, quick_digest)["digest"]
        how = {"digest": digest, "language": get_language() or "en", "origin": Purchase.Origin.API, "now": self.now}
        if self.customer is not None:
            purchase = place_purchase(cart=self.cart(), **how)
        else:
            # A guest's token still names the cart once it is bought, so a second press finds the first purchase.
            purchase = place_guests_purchase(union=self.union, token=self.token, **how)
        payment = pay(purchase=purchase, now=self.now)
        return 201, show_purchase(purchase, payment, parts_of(purchase))


class PurchaseDetail(Shopping):
    scopes = {"GET": "orders:read"}

    @extend_schema(operation_id="purchases_retrieve", tags=TAGS, summary="One purchase", responses=PurchaseSerializer)
    def get(self, request: Request, union: str, number: str) -> Response:
        """How far payment and orders are. A guest names the cart that it was; a store's key looks at `orders/`."""
        purchase = purchase_for(self.union, self.key, number, cart_token=self.token)
        payment = request_of(self.union, purchase.number)
        return Response(show_purchase(purchase, payment, parts_of(purchase)))
