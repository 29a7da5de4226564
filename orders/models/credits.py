"""What is taken back of an order that goes on: which pieces, and how much money goes back for them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from orders.models.order import Order, OrderLine
from orders.models.sides import Side
from unions.models import Union


class CreditNote(models.Model):
    """One giving back, never edited. `total` goes back to the payer as the refund `credit-<number>`, once.

    `asked_at` is when the provider was asked for it: at once where the money is collected, else after it was.
    """

    class Kind(models.TextChoices):
        CALLED_OFF = "called_off", _("called off")
        RETURNED = "returned", _("came back")
        SUBSTITUTED = "substituted", _("replaced by something else")
        GOODWILL = "goodwill", _("goodwill")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="credits")
    number = models.CharField(_("number"), max_length=24)
    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices)
    goods = models.PositiveBigIntegerField(_("for goods"))
    delivery = models.PositiveBigIntegerField(_("for delivery"), default=0)
    tax = models.BigIntegerField(_("tax included"), default=0)
    total = models.PositiveBigIntegerField(_("goes back"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    side = models.CharField(_("side"), max_length=8, choices=Side.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(_("at"))
    asked_at = models.DateTimeField(_("provider asked"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]
        verbose_name = _("credit note")
        verbose_name_plural = _("credit notes")
        constraints = [
            models.UniqueConstraint(fields=["union", "number"], name="credit_note_number"),
            models.CheckConstraint(condition=Q(total=F("goods") + F("delivery")), name="credit_note_adds_up"),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(asked_at=None, total__gt=0), name="credit_note_to_ask")]

    def __str__(self) -> str:
        return self.number

    @property
    def refund_reference(self) -> str:
        """The one refund that belongs to it."""
        return f"credit-{self.number}"


class CreditLine(models.Model):
    """Pieces of one line that a credit note is about, and what goes back for them."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    credit = models.ForeignKey(CreditNote, on_delete=models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="credit_lines")
    quantity = models.PositiveIntegerField(_("pieces"))
    amount = models.PositiveBigIntegerField(_("amount"))
    tax = models.PositiveBigIntegerField(_("tax included"), default=0)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="credit_line_of_something"),
            models.UniqueConstraint(fields=["credit", "order_line"], name="credit_line_once"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.order_line_id}"
