"""What an exchange costs more is a bill, and is paid before the store accepts the order that is sent."""

from __future__ import annotations

from orders.errors import DifferenceNotPaid
from orders.models import Order, Return
from payments.models import PaymentRequest


def require_difference_paid(*, order: Order) -> None:
    """Raises DifferenceNotPaid while the bill over the difference is open; passes what is no exchange."""
    returned = Return.objects.filter(union=order.union_id, replacement=order).select_related("bill__payment").first()
    if returned is None or returned.bill is None:
        return
    if returned.bill.payment.state != PaymentRequest.State.CAPTURED:
        raise DifferenceNotPaid(bill=returned.bill.number)
