"""Whose voucher it is, as the provider and the mails need it: name, telephone, language."""

from __future__ import annotations

from ascc.models import Voucher
from orders.services.contact import Contact


def language_of(*, voucher: Voucher) -> str:
    """The owner's, else that of the purchase, else the union's."""
    chosen = voucher.owner.language if voucher.owner is not None else ""
    return chosen or voucher.language or voucher.union.default_language


def contact_of(*, voucher: Voucher) -> Contact:
    """Whom the provider comes to: the owner, at the telephone number of the purchase if it was theirs."""
    purchase, owner, bought_it = voucher.order_line.order.purchase, voucher.owner, is_with_buyer(voucher=voucher)
    return Contact(
        user=owner,
        name=(owner.name if owner else "") or (purchase.recipient if bought_it else ""),
        email=owner.email if owner else voucher.email,
        phone=(owner.phone if owner else "") or (purchase.phone if bought_it else ""),
        language=language_of(voucher=voucher),
    )


def is_with_buyer(*, voucher: Voucher) -> bool:
    """Whether it still belongs to whoever bought it: only then are telephone and address of the purchase the owner's.

    What was bought as a guest is the owner's who has its e-mail address.
    """
    purchase, owner = voucher.order_line.order.purchase, voucher.owner
    if owner is None or purchase.user_id == owner.pk:
        return True
    return purchase.user_id is None and purchase.email.lower() == owner.email.lower()
