"""How much there is, what is set aside, and every change that made it so."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from stores.models.catalogue import Variant
from unions.models import Union


class StockLevel(models.Model):
    """One row per counted variant. `available` is what a shopper can still take.

    `low_at` is the mark at which staff are told and more is ordered. `unit_cost` is what a piece on hand has cost on
    average, in minor units of the union's currency; None until a receipt with a price came.
    """

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    variant = models.OneToOneField(Variant, on_delete=models.PROTECT, primary_key=True, related_name="stock")
    on_hand = models.IntegerField(_("on hand"), default=0)
    held = models.IntegerField(_("reserved"), default=0)
    available = models.GeneratedField(
        expression=F("on_hand") - F("held"), output_field=models.IntegerField(), db_persist=True
    )
    low_at = models.PositiveIntegerField(_("low at"), default=0, help_text=_("Staff are told at or below this."))

    reorder_quantity = models.PositiveIntegerField(
        _("order so many"), default=0, db_default=0, help_text=_("0: as many as are sold until the next delivery.")
    )
    shelf = models.CharField(_("shelf"), max_length=40, blank=True, default="", db_default="")
    unit_cost = models.PositiveBigIntegerField(_("cost of a piece"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        constraints = [
            models.CheckConstraint(
                condition=Q(held__gte=0, on_hand__gte=F("held")),
                name="stock_never_below_held",
                violation_error_code="out_of_stock",
            )
        ]

    def __str__(self) -> str:
        return f"{self.variant_id}: {self.available}"


class StockMovement(models.Model):
    """One change of a level, never edited. Sums over a variant: `quantity` gives on hand, `held_change` gives held."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("received")
        RESERVED = "reserved", _("reserved")
        RELEASED = "released", _("released")
        SOLD = "sold", _("sold")
        RETURNED = "returned", _("returned")
        TAKEN_OUT = "taken_out", _("taken out")
        ADJUSTED = "adjusted", _("adjusted")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    quantity = models.IntegerField(_("change on hand"), default=0)
    held_change = models.IntegerField(_("change reserved"), default=0)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    reference = models.CharField(_("reference"), max_length=80, blank=True)
    at = models.DateTimeField(_("at"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        indexes = [
            models.Index(fields=["variant", "-id"], name="stock_movement_by_variant"),
            # Movements come in the order of their time: a few kilobytes find the days of a roll-up.
            BrinIndex(fields=["at"], name="stock_movement_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity:+}"


class StockHold(models.Model):
    """Pieces set aside for an owner (`cart-line:<id>`) until a time, prolonged on activity, never past `last_until`."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="holds")
    owner = models.CharField(max_length=80)
    quantity = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    last_until = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner"], name="stock_hold_one_per_owner"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="stock_hold_of_something"),
            models.CheckConstraint(condition=Q(expires_at__lte=F("last_until")), name="stock_hold_not_for_ever"),
        ]

    def __str__(self) -> str:
        return f"{self.owner}: {self.quantity}"
