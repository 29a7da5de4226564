"""What a variant cost when, and what it will cost."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from stores.models.catalogue import Variant
from unions.models import Union


class PlannedPrice(models.Model):
    """A price from a moment on, for good or until another moment; then the price from before comes back."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        RUNNING = "running", _("running")
        OVER = "over", _("over")
        CANCELLED = "cancelled", _("called off")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="planned_prices")
    price = models.PositiveBigIntegerField(_("price in minor units, tax included"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    shows_before = models.BooleanField(_("show the price before"), default=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.PLANNED)
    price_before = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    was_before = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["starts_at", "pk"]
        verbose_name = _("planned price")
        verbose_name_plural = _("planned prices")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="planned_price_forward"
            ),
            ExclusionConstraint(
                name="planned_price_one_at_a_time",
                expressions=[
                    # A range of itself alone: ranges have a GiST class without the extension `btree_gist`.
                    (Func(F("variant"), F("variant"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (
                        Func(
                            F("starts_at"),
                            Coalesce(F("ends_at"), F("starts_at")),
                            Value("[]"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(state__in=["planned", "running"]),
            ),
        ]
        indexes = [
            models.Index(fields=["starts_at"], condition=Q(state="planned"), name="planned_price_to_begin"),
            models.Index(fields=["ends_at"], condition=Q(state="running"), name="planned_price_to_end"),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id}: {self.price}"


class PriceChange(models.Model):
    """A price a variant had from a moment on, never edited."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="price_changes")
    price = models.PositiveBigIntegerField(_("price in minor units, tax included"))
    was_price = models.PositiveBigIntegerField(_("price before"), null=True, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(_("at"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("price change")
        verbose_name_plural = _("price changes")
        indexes = [models.Index(fields=["variant", "-id"], name="price_change_by_variant")]

    def __str__(self) -> str:
        return f"{self.variant_id}: {self.price}"
