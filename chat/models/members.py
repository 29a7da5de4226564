"""Preferred buyers: plans with periodic dues, who has joined one, and what each period cost."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from payments.models import PaymentAccount
from stores.models import Store
from unions.models import Union


class BuyerPlan(models.Model):
    """What a store (or, without one, the union) offers its preferred buyers, and what that costs each period."""

    class Period(models.TextChoices):
        MONTH = "month", _("month")
        YEAR = "year", _("year")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="buyer_plans")
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.PROTECT, related_name="buyer_plans")
    ref = models.CharField(_("number"), max_length=24)
    name = models.CharField(_("name"), max_length=80)
    promise = models.TextField(_("what members get"), max_length=1000, blank=True)
    terms = models.TextField(_("terms"), max_length=4000)
    translations = models.JSONField(_("translations"), default=dict, blank=True)
    amount = models.PositiveBigIntegerField(_("dues in minor units, tax included"))
    currency = models.CharField(_("currency"), max_length=3)
    period = models.CharField(_("every"), max_length=5, choices=Period.choices, default=Period.MONTH)
    is_open = models.BooleanField(_("can be joined"), default=True)
    created_at = models.DateTimeField(_("made"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["amount", "id"]
        verbose_name = _("plan of preferred buyers")
        verbose_name_plural = _("plans of preferred buyers")
        constraints = [
            models.UniqueConstraint(fields=["union", "ref"], name="buyer_plan_ref"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="buyer_plan_costs_something"),
        ]

    def __str__(self) -> str:
        return self.name


class PreferredBuyer(models.Model):
    """A person in a plan. Dues, period and words are frozen when they join: a plan's new price is for new members.

    `paid_until` is the end of what was paid for; a member until then, and while a failed charge is tried again.
    """

    class State(models.TextChoices):
        JOINING = "joining", _("waiting for the first payment")
        ACTIVE = "active", _("active")
        GRACE = "grace", _("payment outstanding")
        ENDED = "ended", _("ended")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="preferred_buyers")
    plan = models.ForeignKey(BuyerPlan, on_delete=models.PROTECT, related_name="buyers")
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="preferred_buyers")
    account = models.ForeignKey(PaymentAccount, null=True, on_delete=models.SET_NULL, related_name="+")
    ref = models.CharField(_("number"), max_length=24)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.JOINING)
    amount = models.PositiveBigIntegerField(_("dues"))
    currency = models.CharField(_("currency"), max_length=3)
    period = models.CharField(_("every"), max_length=5, choices=BuyerPlan.Period.choices)
    terms = models.TextField(_("terms agreed to"))
    language = models.CharField(_("language"), max_length=12, blank=True)
    joined_at = models.DateTimeField(_("joined"))
    paid_until = models.DateTimeField(_("paid until"), null=True, blank=True)
    periods = models.PositiveIntegerField(_("periods paid"), default=0)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("preferred buyer")
        verbose_name_plural = _("preferred buyers")
        constraints = [
            models.UniqueConstraint(fields=["union", "ref"], name="preferred_buyer_ref"),
            models.UniqueConstraint(
                fields=["union", "plan", "customer"], condition=~Q(state="ended"), name="preferred_buyer_once"
            ),
        ]
        indexes = [
            models.Index(fields=["customer"], condition=~Q(state="ended"), name="preferred_buyer_now"),
            models.Index(fields=["paid_until"], condition=~Q(state="ended"), name="preferred_buyer_due"),
        ]

    def __str__(self) -> str:
        return self.ref


class Dues(models.Model):
    """One period of one member. `attempt` names the try at the bank that counts now; paid once, whatever is tried."""

    class State(models.TextChoices):
        OPEN = "open", _("outstanding")
        PAID = "paid", _("paid")
        DROPPED = "dropped", _("not collected")

    REFERENCE = "dues:"
    """With this begins how payments know dues: `dues:<number>/<attempt>`."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    buyer = models.ForeignKey(PreferredBuyer, on_delete=models.PROTECT, related_name="dues")
    number = models.CharField(_("number"), max_length=24)
    period_start = models.DateTimeField(_("from"))
    period_end = models.DateTimeField(_("until"))
    amount = models.PositiveBigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    try_at = models.DateTimeField(_("next try"))
    failure_code = models.CharField(_("why it failed"), max_length=40, blank=True)
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-period_start", "-id"]
        verbose_name = _("dues")
        verbose_name_plural = _("dues")
        constraints = [
            models.UniqueConstraint(fields=["union", "number"], name="dues_number"),
            models.UniqueConstraint(fields=["union", "buyer", "period_start"], name="dues_once_per_period"),
            models.CheckConstraint(condition=Q(period_end__gt=F("period_start")), name="dues_forward"),
            models.CheckConstraint(condition=~Q(state="paid") | Q(paid_at__isnull=False), name="dues_paid_at"),
        ]
        indexes = [models.Index(fields=["try_at"], condition=Q(state="open"), name="dues_to_collect")]

    def __str__(self) -> str:
        return self.number

    @property
    def reference(self) -> str:
        """The try that counts now, as payments know it."""
        return f"{self.REFERENCE}{self.number}/{self.attempt}"
