"""A payment asked of a shopper, split per payee, and every word spoken with the provider about it.

`reference` fields are opaque to this app: it never learns what an order is.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from payments.models.accounts import PaymentAccount
from unions.models import Membership, Union


class PaymentRequest(models.Model):
    """Amount and the payer's authenticated account: created, authorized, captured; failed, cancelled."""

    class State(models.TextChoices):
        CREATED = "created", _("asked")
        AUTHORIZED = "authorized", _("authorized")
        CAPTURED = "captured", _("captured")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="payment_requests", db_index=False)
    reference = models.CharField(_("reference"), max_length=40)
    number = models.CharField(_("number"), max_length=24)
    account = models.ForeignKey(
        PaymentAccount, null=True, blank=True, on_delete=models.SET_NULL, related_name="requests"
    )
    provider = models.CharField(_("provider"), max_length=20)
    provider_reference = models.CharField(_("provider's reference"), max_length=80, blank=True)
    amount = models.PositiveBigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.CREATED)
    failure_code = models.CharField(_("why it failed"), max_length=40, blank=True)
    confirm_url = models.CharField(_("where the payer confirms"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("asked"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    expires_at = models.DateTimeField(_("given up"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("payment request")
        verbose_name_plural = _("payment requests")
        constraints = [
            models.UniqueConstraint(fields=["union", "reference"], name="payment_request_reference"),
            models.UniqueConstraint(fields=["union", "number"], name="payment_request_number"),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(state="created"), name="payment_request_unanswered")]

    def __str__(self) -> str:
        return self.number


class PaymentSplit(models.Model):
    """One payee's part of a request. The parts always add up to the whole. Without a member it is the union's own.

    It is captured whole or voided whole. `state` names who has the word: while it is being captured nobody can void
    it. `attempt` goes up when the provider refused a capture, as the same key would be refused for ever.
    `refunding` is asked back and not yet returned; `refunded` has reached the payer.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CAPTURING = "capturing", _("being captured")
        CAPTURED = "captured", _("captured")
        VOIDING = "voiding", _("being voided")
        VOIDED = "voided", _("voided")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+", db_index=False)
    request = models.ForeignKey(PaymentRequest, on_delete=models.PROTECT, related_name="splits")
    membership = models.ForeignKey(
        Membership, null=True, blank=True, on_delete=models.PROTECT, related_name="payment_splits"
    )
    reference = models.CharField(_("reference"), max_length=40)
    amount = models.PositiveBigIntegerField(_("amount"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    authorized = models.PositiveBigIntegerField(_("authorized"), default=0)
    captured = models.PositiveBigIntegerField(_("captured"), default=0)
    voided = models.PositiveBigIntegerField(_("voided"), default=0)
    refunding = models.PositiveBigIntegerField(_("being refunded"), default=0)
    refunded = models.PositiveBigIntegerField(_("refunded"), default=0)
    commission_bp = models.PositiveIntegerField(_("commission in basis points"))
    commission_tax_bp = models.PositiveIntegerField(_("tax on commission in basis points"))

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("payment split")
        verbose_name_plural = _("payment splits")
        constraints = [
            models.UniqueConstraint(fields=["union", "reference"], name="payment_split_reference"),
            models.CheckConstraint(condition=Q(authorized__lte=F("amount")), name="payment_split_authorized"),
            models.CheckConstraint(
                condition=Q(authorized__gte=F("captured") + F("voided")), name="payment_split_captured"
            ),
            models.CheckConstraint(
                condition=Q(captured__gte=F("refunded") + F("refunding")), name="payment_split_refunded"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class ProviderCall(models.Model):
    """One thing asked of a provider and what it answered; a notice from the provider is a row too."""

    class Operation(models.TextChoices):
        AUTHORIZE = "authorize", _("authorize")
        CAPTURE = "capture", _("capture")
        VOID = "void", _("void")
        REFUND = "refund", _("refund")
        PAYOUT = "payout", _("pay out")
        VERIFY = "verify", _("verify account")
        NOTICE = "notice", _("notice from the provider")

    union = models.ForeignKey(Union, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    provider = models.CharField(_("provider"), max_length=20)
    operation = models.CharField(_("operation"), max_length=10, choices=Operation.choices)
    idempotency_key = models.CharField(_("idempotency key"), max_length=120)
    reference = models.CharField(_("reference"), max_length=80)
    asked = models.JSONField(_("asked"), default=dict)
    answer = models.JSONField(_("answer"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=20, blank=True)
    asked_at = models.DateTimeField(_("asked at"))
    repeated_at = models.DateTimeField(_("asked again at"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("provider call")
        verbose_name_plural = _("provider calls")
        constraints = [models.UniqueConstraint(fields=["provider", "idempotency_key"], name="provider_call_idempotent")]
        indexes = [
            models.Index(fields=["reference"], name="provider_call_by_reference"),
            models.Index(fields=["asked_at"], condition=Q(answered_at=None), name="provider_call_unanswered"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.reference}"


class Refund(models.Model):
    """Money on its way back to the payer: created, transit, done, failed."""

    class State(models.TextChoices):
        CREATED = "created", _("created")
        TRANSIT = "transit", _("on its way")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    split = models.ForeignKey(PaymentSplit, on_delete=models.PROTECT, related_name="refunds")
    reference = models.CharField(_("reference"), max_length=60)
    amount = models.PositiveBigIntegerField(_("amount"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.CREATED)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    failure_code = models.CharField(_("why it failed"), max_length=40, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.UniqueConstraint(fields=["union", "reference"], name="refund_reference"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_of_something"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state__in=["created", "failed"]), name="refund_to_try_again")
        ]

    def __str__(self) -> str:
        return self.reference
