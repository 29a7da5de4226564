"""The work that is done for a voucher: visits, what was found and done, redemption, disputes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_scopes import ScopedManager

from ascc.models.providers import ServiceProvider
from ascc.models.vouchers import Voucher
from orders.models import Bill, Reservation
from unions.models import Union


class ServiceVisit(models.Model):
    """agreed, on_the_way, started, reported, confirmed; disputed, broken_off. One of a voucher is open at a time.

    `parts` is a list of `{"name", "quantity", "price"}`, prices in minor units. `fee` and `deductible` are those of
    the voucher's version. `extra` is a bill for work that the program does not cover.
    """

    class State(models.TextChoices):
        AGREED = "agreed", _("agreed")
        ON_THE_WAY = "on_the_way", _("provider on the way")
        STARTED = "started", _("started")
        REPORTED = "reported", _("waiting for the customer's word")
        CONFIRMED = "confirmed", pgettext_lazy("of a service", "confirmed")
        DISPUTED = "disputed", _("disputed")
        BROKEN_OFF = "broken_off", _("broken off")

    class Place(models.TextChoices):
        CUSTOMER = "customer", _("at the customer’s")
        PROVIDER = "provider", _("at the provider’s shop")

    class Confirmation(models.TextChoices):
        PRESS = "press", _("by press")
        SIGNATURE = "signature", _("by signature")
        CODE = "code", _("by code")
        TILL = "till", _("at the provider's till")
        DECISION = "decision", _("by the center's decision")
        SILENCE = "silence", _("by silence")

    OPEN = (State.AGREED, State.ON_THE_WAY, State.STARTED, State.REPORTED, State.DISPUTED)
    TIME_OFF = (
        Reservation.State.DECLINED,
        Reservation.State.EXPIRED,
        Reservation.State.CANCELLED,
        Reservation.State.NO_SHOW,
    )
    """States of a reservation with which an agreed visit has no time any more."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="service_visits")
    provider = models.ForeignKey(ServiceProvider, on_delete=models.PROTECT, related_name="service_visits")
    ref = models.CharField(_("number"), max_length=24)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.AGREED)
    reservation = models.OneToOneField(
        Reservation, null=True, blank=True, on_delete=models.SET_NULL, related_name="service_visit"
    )
    place = models.CharField(_("where it happens"), max_length=8, choices=Place.choices, blank=True)
    report = models.TextField(_("what was found and done"), max_length=4000, blank=True)
    parts = models.JSONField(_("parts"), default=list, blank=True)
    fee = models.PositiveBigIntegerField(_("provider's fee"))
    deductible = models.PositiveBigIntegerField(_("deductible"), default=0)
    extra = models.OneToOneField(Bill, null=True, blank=True, on_delete=models.SET_NULL, related_name="service_visit")
    is_on_time = models.BooleanField(_("on time"), null=True, blank=True)
    confirmation = models.CharField(_("confirmed"), max_length=10, choices=Confirmation.choices, blank=True)
    signature = models.CharField(max_length=200, blank=True)
    agreed_at = models.DateTimeField(_("agreed"))
    on_the_way_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    reported_at = models.DateTimeField(_("reported"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("service")
        verbose_name_plural = _("services")
        constraints = [
            models.UniqueConstraint(fields=["union", "ref"], name="service_visit_ref"),
            models.UniqueConstraint(
                fields=["union", "voucher"],
                condition=Q(state__in=["agreed", "on_the_way", "started", "reported", "disputed"]),
                name="service_visit_one_open",
            ),
        ]
        indexes = [
            models.Index(fields=["provider", "state", "-id"], name="service_visit_work_list"),
            models.Index(fields=["reported_at"], condition=Q(state="reported"), name="service_visit_reported"),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def has_lost_its_time(self) -> bool:
        """It was agreed, and its appointment has fallen through before anybody set out: another one is needed."""
        return self._state_of_time in self.TIME_OFF

    @property
    def has_open_time(self) -> bool:
        """One side wants another time, and the other has not answered yet."""
        return self._state_of_time in Reservation.OPEN

    @property
    def _state_of_time(self) -> str:
        """Of its appointment, as long as nobody has set out; empty without one."""
        return self.reservation.state if self.reservation is not None and self.state == self.State.AGREED else ""


class WorkPicture(models.Model):
    """A photograph of the work, re-encoded and private."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    visit = models.ForeignKey(ServiceVisit, on_delete=models.CASCADE, related_name="pictures")
    ref = models.CharField(max_length=40, unique=True)
    path = models.CharField(max_length=200)
    words = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.ref


class Redemption(models.Model):
    """A visit of a voucher was used up and its provider paid, once: `number` counts the voucher's visits from 1.

    One that was undone (within a minute, by a till) leaves its number free again. `amount` is what the fund paid,
    `share` the bill for what the customer pays of the fee; at a till the provider takes it there and then.
    """

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+", db_index=False)
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="redemptions", db_index=False)
    visit = models.ForeignKey(ServiceVisit, null=True, blank=True, on_delete=models.PROTECT, related_name="redemptions")
    provider = models.ForeignKey(ServiceProvider, on_delete=models.PROTECT, related_name="redemptions")
    number = models.PositiveSmallIntegerField(_("visit"))
    ref = models.CharField(_("number"), max_length=24)
    amount = models.PositiveBigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    share = models.OneToOneField(Bill, null=True, blank=True, on_delete=models.SET_NULL, related_name="redemption")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    at = models.DateTimeField(_("redeemed"))
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        constraints = [
            models.UniqueConstraint(fields=["union", "ref"], name="redemption_ref"),
            models.UniqueConstraint(
                fields=["union", "voucher", "number"], condition=Q(undone_at=None), name="redemption_once_per_visit"
            ),
            models.CheckConstraint(condition=Q(undone_at=None) | Q(undone_at__gte=F("at")), name="redemption_forward"),
        ]
        indexes = [models.Index(fields=["actor"], condition=Q(actor__isnull=False), name="redemption_actor")]

    def __str__(self) -> str:
        return self.ref


class Dispute(models.Model):
    """Customer and provider do not agree about a visit; the service center decides, and the decision moves the money.

    `granted` is what of the provider's fee is paid, in minor units.
    """

    class Side(models.TextChoices):
        CUSTOMER = "customer", _("customer")
        PROVIDER = "provider", _("service provider")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="disputes")
    visit = models.OneToOneField(ServiceVisit, on_delete=models.PROTECT, related_name="dispute")
    opened_by = models.CharField(_("opened by"), max_length=8, choices=Side.choices)
    reason = models.TextField(_("what is wrong"), max_length=2000)
    opened_at = models.DateTimeField(_("opened"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decision = models.TextField(_("decision"), max_length=2000, blank=True)
    granted = models.PositiveBigIntegerField(_("paid to the provider"), null=True, blank=True)
    visit_counts = models.BooleanField(_("the visit counts as used"), default=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at=None, granted=None) | Q(decided_at__isnull=False, granted__isnull=False),
                name="dispute_decided_whole",
            )
        ]

    def __str__(self) -> str:
        return self.visit.ref


class DisputeEvidence(models.Model):
    """What one side says, with a picture or paper if it has one, kept privately."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="evidence")
    side = models.CharField(max_length=8, choices=Dispute.Side.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    words = models.TextField(max_length=2000)
    ref = models.CharField(max_length=40, blank=True)
    path = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.words[:40]
