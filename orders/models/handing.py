"""Handing goods over at the counter: what a store asks for, and how it went."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from orders.models.order import Order
from stores.models import Store
from unions.models import Union


class HandOverRule(models.Model):
    """What a store asks for before it hands an order over. A store without a row asks for nothing."""

    class Proof(models.TextChoices):
        NONE = "none", _("nothing")
        CODE = "code", _("the shopper’s code, or a signature")
        SIGNATURE = "signature", _("a signature")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.OneToOneField(Store, on_delete=models.CASCADE, related_name="hand_over_rule")
    proof = models.CharField(_("before handing over, ask for"), max_length=10, choices=Proof.choices)

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("rule for handing over")
        verbose_name_plural = _("rules for handing over")

    def __str__(self) -> str:
        return self.get_proof_display()


class HandOver(models.Model):
    """The handing over of one order: tries with wrong codes, then how it was proved. A signature is drawn anew."""

    class How(models.TextChoices):
        CODE = "code", _("with the shopper’s code")
        SIGNATURE = "signature", _("with a signature")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="hand_over")
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    how = models.CharField(_("how"), max_length=10, choices=How.choices, blank=True)
    signature = models.BinaryField(null=True, blank=True, editable=False)
    signed_by = models.CharField(_("who signed"), max_length=120, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(_("at"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        constraints = [
            models.CheckConstraint(
                condition=Q(how="", at=None) | (~Q(how="") & Q(at__isnull=False)), name="hand_over_proved_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return self.get_how_display() if self.how else ""
