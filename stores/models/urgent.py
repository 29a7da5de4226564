"""Urgent sales: a limited number of pieces at a price for a limited time, with a level of their own."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from stores.models.catalogue import Variant
from stores.models.store import Store
from unions.models import Union


class UrgentSale(models.Model):
    """What is sold how cheaply from when to when. Its state is what the clock says: nothing has to be switched."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        RUNNING = "running", _("running")
        OVER = "over", _("over")
        CANCELLED = "cancelled", _("called off")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="urgent_sales")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="urgent_sales")
    ref = models.CharField(max_length=16, editable=False)
    price = models.PositiveBigIntegerField(_("price"))
    list_price = models.PositiveBigIntegerField(_("usual price"))
    per_shopper = models.PositiveIntegerField(_("pieces per shopper"), null=True, blank=True)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    cancelled_at = models.DateTimeField(_("called off at"), null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-starts_at", "-id"]
        verbose_name = _("urgent sale")
        verbose_name_plural = _("urgent sales")
        constraints = [
            models.UniqueConstraint(fields=["union", "ref"], name="urgent_sale_ref"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="urgent_sale_ends_after_start"),
            models.CheckConstraint(condition=Q(price__lt=F("list_price")), name="urgent_sale_is_cheaper"),
            models.CheckConstraint(
                condition=Q(per_shopper__isnull=True) | Q(per_shopper__gt=0), name="urgent_sale_something_each"
            ),
            ExclusionConstraint(
                name="urgent_sale_one_at_a_time",
                expressions=[
                    (Func(F("variant"), F("variant"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (
                        Func("starts_at", "ends_at", function="tstzrange", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(cancelled_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["variant", "ends_at"], condition=Q(cancelled_at=None), name="urgent_sale_of_variant"),
            models.Index(fields=["union", "ends_at"], condition=Q(cancelled_at=None), name="urgent_sale_of_union"),
        ]

    def __str__(self) -> str:
        return self.ref

    def state_at(self, now: datetime) -> str:
        """planned, running, over or cancelled. It starts with its first instant and is over with its last."""
        if self.cancelled_at is not None:
            return self.State.CANCELLED
        if now < self.starts_at:
            return self.State.PLANNED
        return self.State.RUNNING if now < self.ends_at else self.State.OVER


class UrgentLevel(models.Model):
    """The sale's own stock: a rush locks this row and no other.

    Of the pieces `allotted` some are `held` (claimed, or bought and not yet booked out of the shelf), some `sold`
    (booked), some went back (`returned`). `served` counts who left the front of the queue: places move up by it.
    """

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    sale = models.OneToOneField(UrgentSale, on_delete=models.PROTECT, primary_key=True, related_name="level")
    allotted = models.PositiveIntegerField(_("pieces"))
    held = models.IntegerField(_("claimed"), default=0)
    sold = models.IntegerField(_("sold"), default=0)
    returned = models.IntegerField(_("gone back"), default=0)
    served = models.PositiveIntegerField(default=0)
    left = models.GeneratedField(
        expression=F("allotted") - F("held") - F("sold") - F("returned"),
        output_field=models.IntegerField(),
        db_persist=True,
    )

    objects = ScopedManager(union="union")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(held__gte=0, sold__gte=0, returned__gte=0)
                & Q(allotted__gte=F("held") + F("sold") + F("returned")),
                name="urgent_level_never_too_many",
                violation_error_code="sold_out",
            )
        ]
        indexes = [
            models.Index(
                fields=["sale"], condition=Q(allotted__gt=F("sold") + F("returned")), name="urgent_level_unfinished"
            )
        ]

    def __str__(self) -> str:
        return f"{self.sale_id}: {self.left}"


class UrgentClaim(models.Model):
    """One shopper's part of a sale: pieces `held` until `expires_at`, pieces `bought`; together at most `most`.

    `shopper` is a person, a guest's cart, or (bought pieces only) an e-mail address. Rows are written in the rush: what
    an index of several fields serves for has none of its own.
    """

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+", db_index=False)
    sale = models.ForeignKey(UrgentSale, on_delete=models.PROTECT, related_name="claims", db_index=False)
    shopper = models.CharField(max_length=64)
    held = models.IntegerField(default=0)
    bought = models.IntegerField(default=0)
    most = models.PositiveIntegerField(null=True)
    expires_at = models.DateTimeField()
    last_until = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sale", "shopper"], name="urgent_claim_one_per_shopper"),
            models.CheckConstraint(condition=Q(held__gte=0, bought__gte=0), name="urgent_claim_of_something"),
            models.CheckConstraint(
                condition=Q(most__isnull=True) | Q(most__gte=F("held") + F("bought")), name="urgent_claim_within_limit"
            ),
            models.CheckConstraint(condition=Q(expires_at__lte=F("last_until")), name="urgent_claim_not_for_ever"),
        ]
        indexes = [
            models.Index(fields=["sale", "expires_at"], condition=Q(held__gt=0), name="urgent_claim_held"),
            models.Index(fields=["shopper"], condition=Q(held__gt=0), name="urgent_claim_of_shopper"),
        ]

    def __str__(self) -> str:
        return f"{self.sale_id}: {self.held}"


class UrgentBooking(models.Model):
    """Pieces of a sale that were bought (or, negative, given back): what is still to be booked out of the shelf.

    Written by each purchase instead of the stock movement, which would lock the shelf's row in the rush.
    """

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+", db_index=False)
    sale = models.ForeignKey(UrgentSale, on_delete=models.PROTECT, related_name="bookings")
    shopper = models.CharField(max_length=64)
    quantity = models.IntegerField()
    reference = models.CharField(max_length=80)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    is_booked = models.BooleanField(default=False)

    objects = ScopedManager(union="union")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(quantity=0), name="urgent_booking_of_something")]
        indexes = [
            models.Index(fields=["sale", "id"], condition=Q(is_booked=False), name="urgent_booking_to_do"),
            models.Index(fields=["union", "reference"], name="urgent_booking_of_purchase"),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.quantity}"


class UrgentPlace(models.Model):
    """Somebody waits for a claim to be free again: first come, first let in. The row goes when the wait is over."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+", db_index=False)
    sale = models.ForeignKey(UrgentSale, on_delete=models.CASCADE, related_name="places", db_index=False)
    shopper = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField()
    since = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["sale", "shopper"], name="urgent_place_one_per_shopper"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="urgent_place_for_something"),
        ]
        indexes = [models.Index(fields=["sale", "id"], name="urgent_place_in_order")]

    def __str__(self) -> str:
        return f"{self.sale_id}: {self.shopper}"
