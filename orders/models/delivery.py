"""Parcels on their way: what is in them, who carries them, what has been told of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from core.references import new_reference
from orders.models.carriers import Carrier, CarrierService
from orders.models.order import Order, OrderLine
from unions.models import Union


def new_parcel_number() -> str:
    """A fresh reference of a parcel; a bag of the counter and a bulky box are parcels too."""
    return new_reference("P", 9)


class Shipment(models.Model):
    """A parcel with its carrier and number; its tracking state stands apart from the order's own.

    `carrier` is its name as it was, also of a carrier that is none of the union's. `state_at` is the time of the event
    that gave it its state.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        IN_TRANSIT = "in_transit", _("on its way")
        OUT_FOR_DELIVERY = "out_for_delivery", _("out for delivery")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("not delivered")
        RETURNED = "returned", _("returned")

    ENDED = (State.DELIVERED, State.RETURNED)

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shipments")
    number = models.CharField(_("number"), max_length=24, default=new_parcel_number, db_default="")
    carrier = models.CharField(_("carrier"), max_length=80, blank=True)
    carried_by = models.ForeignKey(
        Carrier, null=True, blank=True, on_delete=models.PROTECT, related_name="shipments", verbose_name=_("carrier")
    )
    service = models.ForeignKey(
        CarrierService, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("service")
    )
    tracking_number = models.CharField(_("tracking number"), max_length=80, blank=True)
    tracking_url = models.URLField(_("tracking page"), blank=True)
    weight = models.PositiveIntegerField(_("weight in grams"), null=True, blank=True)
    cost = models.PositiveBigIntegerField(_("what the carrier asks, in minor units"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.PENDING)
    state_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    handed_over_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("handed over by"),
    )
    # When its carrier's tracking service is to be asked next, and how often in a row it did not answer.
    poll_at = models.DateTimeField(null=True, blank=True)
    poll_failures = models.PositiveSmallIntegerField(default=0, db_default=0)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        constraints = [
            # The release before this one, while it still runs beside it, writes none.
            models.UniqueConstraint(fields=["union", "number"], condition=~Q(number=""), name="shipment_number"),
        ]
        indexes = [
            models.Index(fields=["union", "tracking_number"], name="shipment_by_tracking"),
            models.Index(fields=["carried_by", "sent_at"], name="shipment_by_carrier"),
            models.Index(fields=["poll_at"], condition=Q(poll_at__isnull=False), name="shipment_to_poll"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def has_ended(self) -> bool:
        """It has arrived, or is back: nothing that is told later changes that."""
        return self.state in self.ENDED


class ShipmentLine(models.Model):
    """Pieces of one line in one parcel. What has left of a line is the sum over parcels that did not come back."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="shipment_lines")
    quantity = models.PositiveIntegerField(_("quantity"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]
        verbose_name = _("shipment line")
        verbose_name_plural = _("shipment lines")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="shipment_line_of_something"),
            models.UniqueConstraint(fields=["shipment", "order_line"], name="shipment_line_once"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.order_line_id}"


class TrackingEvent(models.Model):
    """What was told of a parcel: by hand, out of a file, by its carrier's program, or by asking the carrier."""

    class Source(models.TextChoices):
        MANUAL = "manual", _("by hand")
        CSV = "csv", _("out of a file")
        API = "api", _("by the carrier")
        POLLER = "poller", _("asked for")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="events")
    state = models.CharField(_("state"), max_length=16, choices=Shipment.State.choices)
    at = models.DateTimeField(_("at"))
    place = models.CharField(_("place"), max_length=120, blank=True)
    words = models.CharField(_("words"), max_length=200, blank=True)
    source = models.CharField(_("told"), max_length=8, choices=Source.choices)
    external_id = models.CharField(max_length=80)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    told_at = models.DateTimeField(_("heard of"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("tracking event")
        verbose_name_plural = _("tracking events")
        constraints = [
            models.UniqueConstraint(fields=["shipment", "source", "external_id"], name="tracking_event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.at}"
