"""Refusals that several services share."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, NotFound


class NoSuchVoucher(NotFound):
    """No voucher with this code, or not for this person: both answers look the same."""

    code = "no_such_voucher"
    detail = _("There is no voucher with this code here.")


class MistypedCode(NoSuchVoucher):
    """The check character gives it away: no voucher anywhere has this code."""

    detail = _("There is a slip in this code: its last character does not fit the others. Please compare them.")


class VoucherLapsed(DomainError):
    """Its time is over; `expired_at` says since when."""

    code = "voucher_lapsed"
    detail = _("This voucher has lapsed.")


class VoucherOver(DomainError):
    """It was used up, closed or cancelled; `state` says which."""

    code = "voucher_over"
    detail = _("This voucher was used up, closed or cancelled.")
