"""What enterprises have earned, what was paid out to them, and the daily proof that all of it agrees."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from payments.models.accounts import PayoutAccount
from payments.models.requests import PaymentSplit, Refund
from unions.models import Membership, Union


class Payout(models.Model):
    """An enterprise's earnings of a period in one transfer: pending, processing, paid; failed, cancelled."""

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        PROCESSING = "processing", _("on its way")
        PAID = "paid", _("paid")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="payouts")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="payouts")
    account = models.ForeignKey(PayoutAccount, null=True, on_delete=models.PROTECT, related_name="payouts")
    number = models.CharField(_("number"), max_length=24)
    period_start = models.DateField(_("from"))
    period_end = models.DateField(_("to"))
    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    failure_code = models.CharField(_("why it failed"), max_length=40, blank=True)
    created_at = models.DateTimeField(_("made"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        constraints = [
            models.UniqueConstraint(fields=["union", "number"], name="payout_number"),
            models.UniqueConstraint(
                fields=["union", "membership", "period_end"],
                condition=~Q(state="cancelled"),
                name="payout_once_per_period",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payout_of_something"),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(state__in=["pending", "failed"]), name="payout_to_send")]

    def __str__(self) -> str:
        return self.number


class Earning(models.Model):
    """One delivered order's money after commission, or (negative) what a later refund takes back of it.

    A `transfer` is money between a member and a fund of the union that no customer paid just now: without a split,
    known by `reference`, positive for the member or negative.
    """

    class Kind(models.TextChoices):
        SALE = "sale", _("sale")
        REFUND = "refund", _("refund")
        TRANSFER = "transfer", _("service and care")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="earnings")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="earnings")
    split = models.ForeignKey(PaymentSplit, null=True, blank=True, on_delete=models.PROTECT, related_name="earnings")
    reference = models.CharField(_("reference"), max_length=80, blank=True, default="", db_default="")
    memo = models.CharField(_("memo"), max_length=200, blank=True, default="", db_default="")
    refund = models.OneToOneField(Refund, null=True, blank=True, on_delete=models.PROTECT, related_name="earning")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.SALE)
    gross = models.BigIntegerField(_("gross"))
    commission = models.BigIntegerField(_("commission"))
    commission_tax = models.BigIntegerField(_("tax on commission"))
    net = models.BigIntegerField(_("net"))
    currency = models.CharField(_("currency"), max_length=3)
    earned_at = models.DateTimeField(_("earned"))
    payout = models.ForeignKey(Payout, null=True, blank=True, on_delete=models.PROTECT, related_name="earnings")

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["earned_at", "id"]
        verbose_name = _("earning")
        verbose_name_plural = _("earnings")
        constraints = [
            models.UniqueConstraint(fields=["split"], condition=Q(kind="sale"), name="earning_once_per_split"),
            models.CheckConstraint(
                condition=Q(net=F("gross") - F("commission") - F("commission_tax")), name="earning_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(kind="sale", gross__gt=0, refund=None, split__isnull=False)
                | Q(kind="refund", gross__lt=0, refund__isnull=False, split__isnull=False)
                | (Q(kind="transfer", refund=None, split=None) & ~Q(gross=0) & ~Q(reference="")),
                name="earning_kind_and_sign",
            ),
            models.UniqueConstraint(
                fields=["union", "reference"], condition=Q(kind="transfer"), name="earning_transfer_once"
            ),
        ]
        indexes = [
            models.Index(fields=["union", "membership", "earned_at"], condition=Q(payout=None), name="earning_unpaid")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.net} {self.currency}"

    @property
    def posted_as(self) -> str:
        """The kind of the posting that a transfer came with; empty for sales and refunds."""
        return self.reference.partition(":")[0] if self.kind == self.Kind.TRANSFER else ""

    @property
    def about(self) -> str:
        """What it is about: the number of the order, or of what a transfer is for. The split must be loaded."""
        return self.split.reference if self.split is not None else self.memo or self.reference


class CheckReport(models.Model):
    """The daily comparison of orders, payments, ledger and payouts. `differences` is empty when all agrees."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="check_reports")
    at = models.DateTimeField(_("at"))
    differences = models.JSONField(_("differences"), default=list)
    counted = models.JSONField(_("what was compared"), default=dict)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-at"]
        verbose_name = _("check report")
        verbose_name_plural = _("check reports")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}: {len(self.differences)}"
