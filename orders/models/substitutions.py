"""Something else offered for pieces that are not to be had, until the shopper says yes or no or the time is over."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from orders.models.order import Order, OrderLine
from stores.models import Variant
from unions.models import Union


class Substitution(models.Model):
    """offered, agreed, declined, lapsed, withdrawn. Its pieces are set aside while it is offered (`substitution:<id>`).

    `otherwise` is what becomes of the line's pieces without a yes; `restock` whether they are there to be sold again.
    """

    class State(models.TextChoices):
        OFFERED = "offered", _("offered")
        AGREED = "agreed", _("agreed")
        DECLINED = "declined", _("declined")
        LAPSED = "lapsed", _("lapsed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Otherwise(models.TextChoices):
        CALL_OFF = "call_off", _("they are called off and paid back")
        KEEP = "keep", _("the order stays as it is")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="substitutions")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="substitutions")
    quantity = models.PositiveIntegerField(_("pieces"))
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(_("title"), max_length=200)
    unit_price = models.PositiveBigIntegerField(_("price of one"))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OFFERED)
    otherwise = models.CharField(_("without a yes"), max_length=8, choices=Otherwise.choices)
    restock = models.BooleanField(_("back into stock"), default=False)
    words = models.CharField(_("a word to the shopper"), max_length=200, blank=True)
    offered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    offered_at = models.DateTimeField(_("offered at"))
    expires_at = models.DateTimeField(_("valid until"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]
        verbose_name = _("substitution")
        verbose_name_plural = _("substitutions")
        constraints = [
            models.UniqueConstraint(
                fields=["line"], condition=Q(state="offered"), name="substitution_one_open_per_line"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="substitution_of_something"),
            models.CheckConstraint(
                condition=Q(state="offered", decided_at=None) | (~Q(state="offered") & Q(decided_at__isnull=False)),
                name="substitution_decided_at_its_end",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(state="offered"), name="substitution_to_lapse")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"

    @property
    def hold_owner(self) -> str:
        """Who holds its pieces."""
        return f"substitution:{self.pk}"
