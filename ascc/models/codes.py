"""The one-time code with which a customer confirms, at the door or at a till, what was done for a voucher."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from ascc.models.vouchers import Voucher
from unions.models import Union


class ConfirmationCode(models.Model):
    """The last code of a voucher: shown to its owner once, kept as a keyed hash, used once, for a few minutes.

    `tries` counts what was typed against it, right or wrong.
    """

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    voucher = models.OneToOneField(Voucher, on_delete=models.PROTECT, related_name="confirmation_code")
    digest = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    made_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("valid until"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("confirmation code")
        verbose_name_plural = _("confirmation codes")

    def __str__(self) -> str:
        return f"{self.voucher_id}"
