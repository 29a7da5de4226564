"""The built-in bank's own books. Nobody but `payments.providers.bank` reads or writes them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class BankTransfer(models.Model):
    """What the bank did for one idempotency key: it answers the same for the same key for ever.

    `merchant` is whose account with the bank it moved; `batch` names the bank's daily transfer that carried it there.
    """

    merchant = models.CharField(_("merchant"), max_length=20, default="")
    key = models.CharField(max_length=120)
    operation = models.CharField(_("operation"), max_length=10)
    reference = models.CharField(_("reference"), max_length=80)
    token = models.CharField(max_length=120)
    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    answer = models.JSONField(_("answer"), default=dict)
    at = models.DateTimeField(_("at"))
    batch = models.CharField(_("arrived with"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("bank transfer")
        verbose_name_plural = _("bank transfers")
        constraints = [models.UniqueConstraint(fields=["key"], name="bank_transfer_key")]
        indexes = [
            models.Index(fields=["reference"], name="bank_transfer_by_reference"),
            models.Index(fields=["merchant", "at"], condition=models.Q(batch=""), name="bank_transfer_to_arrive"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.reference}"
