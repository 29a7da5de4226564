"""The way that led to a purchase, from the browsing record of those who agreed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from orders.models.purchase import Purchase
from unions.models import Union


class PurchasePath(models.Model):
    """What a recognised visitor did before buying, oldest first. It goes when they withdraw; the purchase stays.

    `steps`: `{"at", "kind", "page", "product", "words", "results", "seconds"}`, empty ones left out. Of a long way the
    beginning and the end are kept and `left_out` says how many are missing between.
    """

    class Source(models.TextChoices):
        DIRECT = "direct", _("came straight here")
        SEARCH = "search", _("searched")
        REDIRECT = "redirect", _("was sent by the service center")
        CODE = "code", _("entered a code")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+", db_index=False)
    purchase = models.OneToOneField(Purchase, on_delete=models.CASCADE, related_name="path")
    visitor = models.CharField(max_length=64, db_index=True)
    began_at = models.DateTimeField(_("first seen"))
    bought_at = models.DateTimeField(_("bought"))
    source = models.CharField(_("came by"), max_length=8, choices=Source.choices)
    steps = models.JSONField(_("steps"), default=list)
    left_out = models.PositiveIntegerField(default=0)

    objects = ScopedManager(union="union")

    class Meta:
        indexes = [models.Index(fields=["union", "bought_at"], name="path_by_union")]
        constraints = [
            models.CheckConstraint(condition=Q(began_at__lte=F("bought_at")), name="path_leads_to_the_purchase")
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.began_at}"
