"""Payments that a store asks of a customer outside of any cart: a repair, a deposit, a lesson."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from payments.models import PaymentRequest
from stores.models import Store
from unions.models import Union


class Bill(models.Model):
    """What a store asks a customer to pay, and for what.

    `payment` is the attempt that counts now; its state is the bill's. One that the bank refused may be followed by
    another. `email` is the customer: whoever has proved that this address is theirs can pay it.
    """

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="bills")
    payment = models.OneToOneField(PaymentRequest, on_delete=models.PROTECT, related_name="bill")
    number = models.CharField(_("number"), max_length=24)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=1)
    title = models.CharField(_("what for"), max_length=200)
    email = models.EmailField(_("customer's e-mail address"))
    language = models.CharField(_("language"), max_length=12, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked"))
    expires_at = models.DateTimeField(_("to be paid until"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("payment asked by a store")
        verbose_name_plural = _("payments asked by stores")
        constraints = [models.UniqueConstraint(fields=["union", "number"], name="bill_number")]
        indexes = [
            models.Index(fields=["store", "-id"], name="bill_by_store"),
            models.Index(fields=["email", "-id"], name="bill_by_customer"),
            models.Index(fields=["id"], condition=models.Q(settled_at=None), name="bill_not_settled"),
        ]

    def __str__(self) -> str:
        return self.number
