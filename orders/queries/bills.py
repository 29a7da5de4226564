"""Payments that stores ask for, as the store, the office and the customer see them."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db.models import QuerySet
from django.db.models.functions import Lower

from accounts.models import User
from core.errors import NotFound
from orders.models import Bill
from payments.models import PaymentRequest, PaymentSplit
from stores.models import ApiKey, Store
from unions.models import Union

Payment = PaymentRequest.State


def bills_of_store(store: Store) -> QuerySet[Bill]:
    """What the store has asked for, newest first. One query."""
    return _whole(Bill.objects.filter(union=store.union_id, store=store))


def bills_of_customer(user: User) -> QuerySet[Bill]:
    """What stores of all unions ask of a person: bills to the person's own proved addresses, newest first."""
    addresses = EmailAddress.objects.filter(user=user, verified=True).values_list(Lower("email"))
    return _whole(Bill.objects.filter(email__in=addresses))


def bills_for(union: Union, key: ApiKey) -> QuerySet[Bill]:
    """What a key sees of the union's bills: a store its own, the office all, a customer what is asked of them."""
    if key.user_id is not None:
        assert key.user is not None
        return bills_of_customer(key.user).filter(union=union)
    bills = Bill.objects.filter(union=union)
    return _whole(bills if key.store_id is None else bills.filter(store=key.store_id))


def bill_numbered(bills: QuerySet[Bill], number: str) -> Bill:
    """Raises NotFound."""
    bill = bills.filter(number=number).first()
    if bill is None:
        raise NotFound
    return bill


def part_of(bill: Bill) -> PaymentSplit:
    """The one part of the payment that counts now."""
    return PaymentSplit.objects.get(union=bill.union_id, request=bill.payment_id)


def bill_state(bill: Bill, *, now: datetime) -> str:
    """asked, confirming, collecting, paid, settled; refused (another try is possible), withdrawn, expired."""
    state = bill.payment.state
    if state == Payment.CAPTURED:
        return "settled" if bill.settled_at else "paid"
    if state == Payment.AUTHORIZED:
        return "collecting"
    if bill.withdrawn_at:
        return "withdrawn"
    if state == Payment.CREATED and bill.payment.account_id:
        return "confirming"
    if bill.expires_at <= now:
        return "expired"
    return "asked" if state == Payment.CREATED else "refused"


def unfinished() -> QuerySet[Bill]:
    """Bills whose money was authorized and is not collected yet."""
    return _whole(Bill.objects.filter(settled_at=None, payment__state=Payment.AUTHORIZED)).order_by("id")


def unsettled() -> QuerySet[Bill]:
    """Paid bills that have not become earnings yet."""
    return _whole(Bill.objects.filter(settled_at=None, payment__state=Payment.CAPTURED)).order_by("id")


def _whole(bills: QuerySet[Bill]) -> QuerySet[Bill]:
    return bills.select_related("union", "store__membership", "payment__account", "payment__union").order_by("-id")
