"""What a customer pays beside the voucher, as bills: extra work before it is done, the share of the fee afterwards."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from ascc.models import Redemption, ServiceVisit, Voucher
from ascc.services.contact import contact_of, language_of
from core.errors import Invalid, WrongState
from core.localized import localized
from orders.models import Bill
from orders.queries.bills import bill_state
from orders.services.bills import ask_for_payment

VisitState = ServiceVisit.State
ASKED_IN = (VisitState.AGREED, VisitState.ON_THE_WAY, VisitState.STARTED, VisitState.REPORTED)
DAYS = 14
SHARE_DAYS = 30
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
    bill = ask_for_payment(
        store=visit.provider.store,
        email=contact_of(voucher=visit.voucher).email,
        title=title,
        amount=amount,
        language=language_of(voucher=visit.voucher),
        days=DAYS,
        actor=actor,
        now=now,
    )
    ServiceVisit.objects.filter(union=visit.union_id, pk=visit.pk).update(extra=bill)
    return bill


def ask_shares(*, voucher: Voucher, now: datetime) -> int:
    """Ask the customer for the share of each visit's fee that was not asked for yet; returns of how many.

    Not at a till, where the provider takes it there and then, and not when the center has decided that less than the
    program's part is paid. Again asks for nothing twice. Raises NotAllowed.
    """
    due = (
        Redemption.objects.filter(union=voucher.union_id, voucher=voucher, undone_at=None, share=None)
        .filter(visit__deductible__gt=0)
        .exclude(visit__confirmation=ServiceVisit.Confirmation.TILL)
        .order_by("pk")
    )
    return sum(_ask_share(redemption_id, now=now) for redemption_id in due.values_list("pk", flat=True))


@transaction.atomic
def _ask_share(redemption_id: int, *, now: datetime) -> bool:
    redemption = (
        Redemption.objects.select_for_update(of=("self",))
        .select_related(
            "visit",
            "provider__store__union",
            "provider__store__membership",
            "voucher__version",
            "voucher__owner",
            "voucher__order_line__order__purchase",
        )
        .get(pk=redemption_id)
    )
    visit, voucher = redemption.visit, redemption.voucher
    email, language = contact_of(voucher=voucher).email, language_of(voucher=voucher)
    if visit is None or redemption.share_id is not None or not email:
        return False
    if redemption.amount < visit.fee - visit.deductible:
        return False
    with translation.override(language):
        title = gettext("Your share of the service for %(good)s (%(program)s)") % {
            "good": voucher.about,
            "program": localized(voucher.version, "title"),
        }
    bill = ask_for_payment(
        store=redemption.provider.store,
        email=email,
        title=title,
        amount=visit.deductible,
        language=language,
        days=SHARE_DAYS,
        actor=None,
        now=now,
    )
    Redemption.objects.filter(union=redemption.union_id, pk=redemption.pk).update(share=bill)
    return True
