"""Taking people out of their vouchers: addresses, words and signatures go; what was covered, done and paid stays."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from ascc.models import Assessment, ServiceVisit, Voucher, VoucherGift, VoucherStep
from ascc.services.keeping import forget_file
from unions.services.retaining import forget_in_steps, long_gone


@transaction.atomic
def forget_owner(*, user_id: int) -> None:
    """Repeating changes nothing more."""
    _forget(Voucher.objects.filter(owner=user_id))
    Assessment.objects.filter(customer=user_id).update(words="")


def forget_owners_long_gone(*, now: datetime) -> int:
    """Guests of whose voucher the last step is older than their union keeps them. Returns how many vouchers.

    As long as one is valid, or in a provider's hands, its owner is kept: it is theirs by this address.
    """
    gone = 0
    for union, before in long_gone(now=now):
        later = VoucherStep.objects.filter(voucher=OuterRef("pk"), at__gte=before)
        old = (
            Voucher.objects.filter(union=union, owner=None, state__in=Voucher.OVER, issued_at__lt=before)
            .filter(~Exists(later))
            .exclude(email="", serial="", photo="")
        )
        gone += forget_in_steps(old=old, forget=_forget_guests)
    return gone


def _forget_guests(vouchers: QuerySet[Voucher]) -> None:
    Assessment.objects.filter(voucher__in=vouchers, customer=None).update(words="")
    _forget(vouchers)


def _forget(vouchers: QuerySet[Voucher]) -> None:
    """Files go before the rows that name them: what was begun can be ended."""
    signed = ServiceVisit.objects.filter(voucher__in=vouchers).exclude(signature="")
    photos = vouchers.exclude(photo="").values_list("photo", flat=True)
    for path in (*photos, *signed.values_list("signature", flat=True)):
        forget_file(path=path)
    signed.update(signature="")
    VoucherGift.objects.filter(voucher__in=vouchers).update(email="", words="")
    vouchers.update(email="", serial="", photo="")
