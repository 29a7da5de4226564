"""Writes to customers of whom a store asks a payment: first with the way to pay it, then that it is paid."""

from __future__ import annotations

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core.localized import localized
from core.money import format_money
from orders.models import Bill
from orders.services.mail.posting import post
from payments.models import PaymentRequest
from unions.queries import absolute_address


def send_bill_mail(*, bill: Bill) -> None:
    """Tell the state it has now; one that was withdrawn meanwhile is not told."""
    union, is_paid = bill.union, bill.payment.state == PaymentRequest.State.CAPTURED
    if bill.withdrawn_at and not is_paid:
        return
    with translation.override(bill.language or union.default_language):
        names = {
            "store": localized(bill.store, "name"),
            "amount": format_money(bill.payment.amount, bill.payment.currency),
        }
        context = {
            "bill": bill,
            "is_paid": is_paid,
            "union_name": localized(union, "name"),
            "subject": (_("You have paid %(amount)s to %(store)s") if is_paid else _("%(store)s asks for %(amount)s"))
            % names,
            "pay_url": absolute_address(union, reverse("orders:bill", kwargs={"number": bill.number})),
            **names,
        }
        post(
            union=union,
            template="bill",
            context=context,
            to=[bill.email],
            reply_to=bill.store.email or union.contact_email,
        )
