"""The built-in bank's own books. Nobody but `payments.providers.bank` reads or writes them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class BankTransfer(models.Model):
    """What the bank did for one idempotency key: it answers the same for the same key for ever."""

    key = models.CharField(max_length=120, unique=True)
    operation = models.CharField(_("operation"), max_length=10)
    reference = models.CharField(_("reference"), max_length=80, db_index=True)
    token = models.CharField(max_length=120)
    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    answer = models.JSONField(_("answer"), default=dict)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("bank transfer")
        verbose_name_plural = _("bank transfers")

    def __str__(self) -> str:
        return f"{self.operation} {self.reference}"
