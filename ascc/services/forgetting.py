"""Taking a person out of their vouchers: addresses, words and signatures go; what was covered, done and paid stays."""

from __future__ import annotations

from django.db import transaction

from ascc.models import Assessment, ServiceVisit, Voucher, VoucherGift
from ascc.services.keeping import forget_file


@transaction.atomic
def forget_owner(*, user_id: int) -> None:
    """Repeating changes nothing more. Files go before the rows that name them: what was begun can be ended."""
    mine = Voucher.objects.filter(owner=user_id)
    signed = ServiceVisit.objects.filter(voucher__in=mine).exclude(signature="")
    for path in (*mine.exclude(photo="").values_list("photo", flat=True), *signed.values_list("signature", flat=True)):
        forget_file(path=path)
    signed.update(signature="")
    VoucherGift.objects.filter(voucher__in=mine).update(email="", words="")
    mine.update(email="", serial="", photo="")
    Assessment.objects.filter(customer=user_id).update(words="")
