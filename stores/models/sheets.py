"""Sheets on which stock is laid in, taken out, carried over or counted before it is booked as movements."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from stores.models.catalogue import Category, Variant
from stores.models.store import Store
from stores.models.supply import PurchaseOrder, Supplier
from unions.models import Union


class StockSheet(models.Model):
    """A list that grows by scanning and is booked at once; its number is the reference of its movements.

    A booked sheet that lays in is the receipt of a delivery: the same delivery note of a supplier is booked once.
    """

    class Kind(models.TextChoices):
        LAY_IN = "lay_in", _("lay in")
        TAKE_OUT = "take_out", _("take out")
        TRANSFER = "transfer", _("carry to another store")
        COUNT = "count", _("count")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        BOOKED = "booked", _("booked")
        DISCARDED = "discarded", _("thrown away")

    class Cause(models.TextChoices):
        """Why goods leave without being sold."""

        DAMAGE = "damage", _("damaged")
        OWN_USE = "own_use", _("own use")
        THEFT = "theft", _("stolen or lost")
        SAMPLE = "sample", _("sample or gift")
        EXPIRED = "expired", _("past its date")
        BACK = "back", _("back to the supplier")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="stock_sheets")
    number = models.CharField(_("number"), max_length=24)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    cause = models.CharField(_("why"), max_length=8, choices=Cause.choices, blank=True)
    supplier = models.ForeignKey(Supplier, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    purchase_order = models.ForeignKey(
        PurchaseOrder, null=True, blank=True, on_delete=models.PROTECT, related_name="receipts"
    )
    delivery_note = models.CharField(_("delivery note"), max_length=60, blank=True)
    other_store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    shelf = models.CharField(_("shelf"), max_length=40, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("begun"))
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    booked_at = models.DateTimeField(_("booked at"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("stock sheet")
        verbose_name_plural = _("stock sheets")
        constraints = [
            models.UniqueConstraint(fields=["union", "number"], name="stock_sheet_number"),
            models.UniqueConstraint(
                fields=["union", "store", "supplier", "delivery_note"],
                condition=Q(kind="lay_in", state="booked") & ~Q(delivery_note=""),
                nulls_distinct=False,
                name="stock_sheet_note_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="transfer", other_store__isnull=False) | (~Q(kind="transfer") & Q(other_store=None)),
                name="stock_sheet_transfer_goes_somewhere",
            ),
            models.CheckConstraint(
                condition=~Q(kind="take_out") | ~Q(cause=""), name="stock_sheet_taken_out_for_a_cause"
            ),
            models.CheckConstraint(
                condition=Q(state="booked", booked_at__isnull=False) | (~Q(state="booked") & Q(booked_at=None)),
                name="stock_sheet_booked_at",
            ),
        ]
        indexes = [models.Index(fields=["store", "-id"], name="stock_sheet_by_store")]

    def __str__(self) -> str:
        return self.number


class SheetLine(models.Model):
    """Pieces of a variant on a sheet.

    A counted line remembers what was on hand (`expected`) and the newest movement at the moment of counting: what is
    sold between counting and booking changes nothing about the difference.
    """

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    sheet = models.ForeignKey(StockSheet, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(_("pieces"))
    unit_cost = models.PositiveBigIntegerField(_("cost of a piece"), null=True, blank=True)
    expected = models.IntegerField(_("expected"), null=True, blank=True)
    movement_id = models.BigIntegerField(null=True, blank=True)
    changed_at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-changed_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["sheet", "variant"], name="sheet_line_variant_once")]

    def __str__(self) -> str:
        return f"{self.variant_id}: {self.quantity}"

    @property
    def difference(self) -> int:
        """What a count found more (or less) than it should have."""
        return self.quantity - (self.expected or 0)


class SoldDay(models.Model):
    """How many pieces of a variant were sold on a day of its union: kept from the movements, for days of cover."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="sold_days")
    day = models.DateField()
    pieces = models.IntegerField()

    objects = ScopedManager(union="union")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["variant", "day"], name="sold_day_once")]

    def __str__(self) -> str:
        return f"{self.variant_id} {self.day}: {self.pieces}"


class LowStock(models.Model):
    """A variant ran low at a moment. Open until there is enough again; staff are told once for each."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="+")
    available = models.IntegerField(_("available"))
    since = models.DateTimeField(_("since"))
    over_at = models.DateTimeField(_("over"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("low stock")
        verbose_name_plural = _("low stock")
        constraints = [
            models.UniqueConstraint(fields=["variant"], condition=Q(over_at=None), name="low_stock_open_once")
        ]

    def __str__(self) -> str:
        return f"{self.variant_id}: {self.available}"
