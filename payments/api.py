"""The REST API's payment requests, settlement, books and payment accounts."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import UnionEndpoint, UnionList
from core.api.idempotency import once
from core.errors import NotAllowed, NotFound
from payments.queries.accounts import payment_account_named, payment_accounts_of
from payments.queries.books import earnings_for, ledger_for, payouts_for, request_for, requests_for
from payments.serializers import (
    CodeSerializer,
    EarningSerializer,
    LedgerTransactionSerializer,
    NewPaymentAccountSerializer,
    PaymentAccountSerializer,
    PaymentAccountsSerializer,
    PaymentRequestPartSerializer,
    PaymentRequestSerializer,
    PayoutSerializer,
)
from payments.services.accounts import add_payment_account, revoke_payment_account, verify_payment_account

TAGS = ["settlement"]


class _Books(UnionList):
    """A union's key reads all of it, a store's key its enterprise's own parts, a customer's key nothing."""

    scopes = {"GET": "settlement:read"}

    @property
    def member(self) -> int | None:
        if self.key.user_id is not None:
            raise NotFound
        return None if self.key.store_id is None else int(self.key.store.membership_id)


class PaymentRequestList(UnionList):
    scopes = {"GET": "settlement:read"}

    def rows(self) -> Any:
        return requests_for(self.union, **self.reader)

    @property
    def reader(self) -> dict[str, Any]:
        """Whose payments a key reads: its store's enterprise's, its customer's, else all."""
        return {
            "member": None if self.key.store_id is None else self.key.store.membership_id,
            "payer": self.key.user,
        }

    def get_serializer_class(self) -> Any:
        return PaymentRequestSerializer if self.key.store_id is None else PaymentRequestPartSerializer

    @extend_schema(
        operation_id="payment_requests_list",
        tags=TAGS,
        summary="Payments asked of shoppers",
        responses=PaymentRequestSerializer(many=True),
    )
    def get(self, request: Request, union: str) -> Response:
        """A union's key sees all, a store's key its enterprise's parts, a customer's key what the customer pays."""
        return self.page()


class PaymentRequestDetail(PaymentRequestList):
    pagination_class = None

    @extend_schema(
        operation_id="payment_requests_retrieve",
        tags=TAGS,
        summary="One payment",
        responses=PaymentRequestSerializer,
    )
    def get(self, request: Request, union: str, number: str) -> Response:  # type: ignore[override]
        """Found by its own number."""
        found = request_for(self.union, number, **self.reader)
        return Response(self.get_serializer(found).data)


class SettlementList(_Books):
    serializer_class = EarningSerializer

    def rows(self) -> Any:
        return earnings_for(self.union, member=self.member)

    @extend_schema(operation_id="settlements_list", tags=TAGS, summary="What delivered orders have earned")
    def get(self, request: Request, union: str) -> Response:
        """Gross, commission and net per order, newest first; `payout` names the payout that it went into."""
        return self.page()


class PayoutList(_Books):
    serializer_class = PayoutSerializer

    def rows(self) -> Any:
        return payouts_for(self.union, member=self.member)

    @extend_schema(operation_id="payouts_list", tags=TAGS, summary="Transfers to enterprises")
    def get(self, request: Request, union: str) -> Response:
        """One per enterprise and period, newest first."""
        return self.page()


class LedgerList(_Books):
    serializer_class = LedgerTransactionSerializer

    def rows(self) -> Any:
        return ledger_for(self.union, member=self.member)

    @extend_schema(operation_id="ledger_list", tags=TAGS, summary="The books")
    def get(self, request: Request, union: str) -> Response:
        """Transactions with their entries, newest first; a store's key sees entries on its enterprise's account."""
        return self.page()


class _Own(UnionEndpoint):
    """For customers' keys only."""

    @property
    def customer(self) -> Any:
        if self.key.user is None:
            raise NotAllowed(_("This is for a customer's own key."))
        return self.key.user


class PaymentAccountList(_Own):
    scopes = {"GET": "purchases:write", "POST": "purchases:write"}
    idempotent = {"POST": False}

    @extend_schema(
        operation_id="payment_accounts_list",
        tags=["purchases"],
        summary="The customer's payment accounts",
        responses=PaymentAccountsSerializer,
    )
    def get(self, request: Request, union: str) -> Response:
        """The one used first stands at the top."""
        return Response(PaymentAccountsSerializer({"results": payment_accounts_of(self.customer)}).data)

    @extend_schema(
        operation_id="payment_accounts_create",
        tags=["purchases"],
        summary="Add a payment account",
        request=NewPaymentAccountSerializer,
        responses={201: PaymentAccountSerializer},
        examples=[
            OpenApiExample("At the bank", value={"provider": "bank", "token": "bank:approves"}, request_only=True)
        ],
    )
    def post(self, request: Request, union: str) -> Response:
        """It waits for the code that the provider sends beside a small amount."""
        return once(request, self.add, required=False)

    def add(self) -> tuple[int, Any]:
        details = self.valid(NewPaymentAccountSerializer)
        provider = details.pop("provider")
        account = add_payment_account(user=self.customer, provider=provider, details=details, now=self.now)
        return 201, PaymentAccountSerializer(account).data


class PaymentAccountDetail(_Own):
    scopes = {"DELETE": "purchases:write"}

    @extend_schema(
        operation_id="payment_accounts_destroy",
        tags=["purchases"],
        summary="Remove a payment account",
        responses={204: None},
    )
    def delete(self, request: Request, union: str, account: str) -> Response:
        """Payments that were asked before go on; refunds still reach it."""
        revoke_payment_account(account=payment_account_named(self.customer, account))
        return Response(status=204)


class PaymentAccountVerify(_Own):
    scopes = {"POST": "purchases:write"}

    @extend_schema(
        operation_id="payment_accounts_verify",
        tags=["purchases"],
        summary="Prove that the account is one's own",
        request=CodeSerializer,
        responses=PaymentAccountSerializer,
    )
    def post(self, request: Request, union: str, account: str) -> Response:
        """With the code that came beside the small amount. After five wrong ones the account is removed."""
        own = payment_account_named(self.customer, account)
        verified = verify_payment_account(account=own, code=self.valid(CodeSerializer)["code"], now=self.now)
        return Response(PaymentAccountSerializer(verified).data)
