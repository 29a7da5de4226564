"""Goods that came back. Until stores handle returns themselves these are history, brought by imports."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from orders.models.order import Order, OrderLine
from stores.models import Store, Variant
from unions.models import Union


class Return(models.Model):
    """requested, approved, received, refunded; declined, cancelled. `order` is empty when the sale is not known."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("requested")
        APPROVED = "approved", _("approved")
        RECEIVED = "received", _("received")
        REFUNDED = "refunded", _("refunded")
        DECLINED = "declined", _("declined")
        CANCELLED = "cancelled", _("cancelled")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="returns")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="returns")
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="returns")
    number = models.CharField(_("number"), max_length=24)
    external_id = models.CharField(_("number elsewhere"), max_length=80, blank=True)
    customer_reference = models.CharField(_("customer"), max_length=80, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.REQUESTED)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    total = models.BigIntegerField(_("refunded amount"))
    requested_at = models.DateTimeField(_("requested"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        constraints = [
            models.UniqueConstraint(fields=["union", "number"], name="return_number"),
            models.UniqueConstraint(
                fields=["union", "external_id"], condition=~Q(external_id=""), name="return_external_id"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ReturnLine(models.Model):
    """Pieces of one line that came back."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    returned = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(
        OrderLine, null=True, blank=True, on_delete=models.PROTECT, related_name="return_lines"
    )
    variant = models.ForeignKey(Variant, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(_("kind"), max_length=8, choices=OrderLine.Kind.choices, default=OrderLine.Kind.GOODS)
    sku = models.CharField(_("stock keeping unit"), max_length=64, blank=True)
    title = models.CharField(_("title"), max_length=200)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = models.BigIntegerField(_("unit price"))
    total = models.BigIntegerField(_("total"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="return_line_of_something"),
            models.CheckConstraint(condition=Q(total=F("quantity") * F("unit_price")), name="return_line_adds_up"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"
