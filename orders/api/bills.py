"""Payments that a store asks of a customer, over the API; the list of all payments is the financial unit's."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.idempotency import once
from core.api.step import Step, documented
from core.errors import NotAllowed, NotFound
from orders.models import Bill
from orders.queries.bills import bill_numbered, bills_for
from orders.serializers.bills import BillSerializer, ConfirmSerializer, NewBillSerializer
from orders.services.bills import ask_for_payment, give_back_bill, pay_bill, withdraw_bill
from payments import api as payments
from payments.queries.accounts import default_account, payment_account_named

TAGS = ["settlement"]


class PaymentRequestList(payments.PaymentRequestList):
    scopes = {**payments.PaymentRequestList.scopes, "POST": "payments:write"}
    idempotent = {"POST": True}

    @extend_schema(
        operation_id="payment_requests_create",
        tags=TAGS,
        summary="Ask a customer for a payment",
        request=NewBillSerializer,
        responses={201: BillSerializer},
        examples=[
            OpenApiExample(
                "A repair",
                value={"email": "ada@example.com", "title": "Repair of your bicycle", "amount": 4500},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, union: str) -> Response:
        """For a store's key. The customer is written to and consents signed in, or by `confirm/` with a key of theirs;
        then the money is collected and settled with the store's orders.
        """
        return once(request, self.ask)

    def ask(self) -> tuple[int, Any]:
        if self.key.store_id is None:
            raise NotAllowed(_("This is for a store's key."))
        wish = self.valid(NewBillSerializer)
        store = self.key.store
        store.union = self.union
        language = wish.pop("language") or self.union.default_language
        bill = ask_for_payment(store=store, language=language, actor=self.actor, now=self.now, **wish)
        return 201, shown(bill)


class PaymentRequestDetail(payments.PaymentRequestDetail):
    scopes = payments.PaymentRequestDetail.scopes

    @extend_schema(
        operation_id="payment_requests_retrieve",
        tags=TAGS,
        summary="One payment",
        responses=payments.PaymentRequestSerializer,
    )
    def get(self, request: Request, union: str, number: str) -> Response:  # type: ignore[override]
        """Found by its own number. One that a store asked for carries also `title`, `email` and `expires_at`."""
        bill = bills_for(self.union, self.key).filter(number=number).first()
        return super().get(request, union, number) if bill is None else Response(shown(bill))


class _BillStep(Step):
    scopes = {"POST": "payments:write"}
    idempotent = {"POST": True}
    by_customers = False

    def found(self) -> Bill:
        bill = bill_numbered(bills_for(self.union, self.key), self.kwargs["number"])
        if (self.key.user_id is not None) is not self.by_customers:
            raise NotAllowed
        return bill

    def shown(self, bill: Bill) -> Any:
        return shown(bill)


bill_step = partial(documented, tags=TAGS, answers=BillSerializer)


@bill_step("payment_requests_confirm", "Consent to a payment and pay it", ConfirmSerializer)
class Confirm(_BillStep):
    """For the customer's own key, from one of `payment-accounts/`; without one from the account used first."""

    scopes = {"POST": "purchases:write"}
    by_customers = True

    def act(self, bill: Bill) -> None:
        name = self.valid(ConfirmSerializer)["account"]
        account = payment_account_named(self.key.user, name) if name else default_account(self.key.user)
        if account is None:
            raise NotFound(_("Add a payment account and verify it first."))
        pay_bill(bill=bill, account=account, now=self.now)


@bill_step("payment_requests_withdraw", "Withdraw a payment that nobody has confirmed")
class Withdraw(_BillStep):
    """Nobody can pay it any more."""

    def act(self, bill: Bill) -> None:
        withdraw_bill(bill=bill, now=self.now)


@bill_step("payment_requests_refund", "Give a payment back")
class Refund(_BillStep):
    """All that is left of it goes back to the customer, and commission back to the store."""

    def act(self, bill: Bill) -> None:
        give_back_bill(bill=bill, reason=bill.title, now=self.now)


def shown(bill: Bill) -> dict[str, Any]:
    """A bill as the API answers it."""
    return dict(BillSerializer(bill).data)
