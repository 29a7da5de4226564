"""Work that the program does not cover: quoted to the customer as a bill, paid through the platform or not at all."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from ascc.models import ServiceVisit
from ascc.services.appointing import contact_of
from core.errors import Invalid, WrongState
from orders.models import Bill
from orders.queries.bills import bill_state
from orders.services.bills import ask_for_payment

VisitState = ServiceVisit.State
ASKED_IN = (VisitState.AGREED, VisitState.ON_THE_WAY, VisitState.STARTED, VisitState.REPORTED)
DAYS = 14
LARGEST = 100
"""Times the visit's fee: a slip of the finger is not mailed to a customer."""
OPEN_AGAIN = {"withdrawn", "expired"}


@transaction.atomic
def ask_extra(*, visit: ServiceVisit, title: str, amount: int, actor: User | None, now: datetime) -> Bill:
    """Ask the customer to pay for what the voucher does not cover; they are written to, and pay it or leave it.

    One at a time: another may follow one that was withdrawn or ran out. Raises Invalid, AmountTooLarge, NotAllowed,
    WrongState.
    """
    visit = (
        ServiceVisit.objects.select_for_update(of=("self",))
        .select_related(
            "extra__payment",
            "provider__store__union",
            "provider__store__membership",
            "voucher__owner",
            "voucher__order_line__order__purchase",
        )
        .get(union=visit.union_id, pk=visit.pk)
    )
    if visit.state not in ASKED_IN or visit.voucher.provider_id != visit.provider_id:
        raise WrongState(state=visit.state)
    if visit.extra is not None and bill_state(visit.extra, now=now) not in OPEN_AGAIN:
        raise WrongState(_("The customer has been asked for extra work already."), state="asked")
    if amount <= 0:
        raise Invalid(_("Say how much it comes to."), field="amount")
    if amount > LARGEST * max(visit.fee, 1):
        raise Invalid(_("This is far more than such a service costs. Agree it at the store's counter."), field="amount")
    contact, store = contact_of(voucher=visit.voucher), visit.provider.store
    bill = ask_for_payment(
        store=store,
        email=contact.email,
        title=title,
        amount=amount,
        language=contact.language or store.union.default_language,
        days=DAYS,
        actor=actor,
        now=now,
    )
    ServiceVisit.objects.filter(union=visit.union_id, pk=visit.pk).update(extra=bill)
    return bill
