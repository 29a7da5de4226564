"""Who insures programs, under which policy, and what is claimed from it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from unions.models import Union


class Insurer(models.Model):
    """A company that carries the risk of programs."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="insurers")
    name = models.CharField(_("name"), max_length=160)
    email = models.EmailField(_("e-mail address for claims"), blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    address = models.CharField(_("address"), max_length=250, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["name"]
        verbose_name = _("insurer")
        verbose_name_plural = _("insurers")
        constraints = [models.UniqueConstraint(fields=["union", "name"], name="insurer_name")]

    def __str__(self) -> str:
        return self.name


class Policy(models.Model):
    """What an insurer takes over, in minor units: `premium` per voucher, at most `claim_limit` for one claim and
    `total_limit` for all of them, each less `deductible`."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="policies")
    insurer = models.ForeignKey(Insurer, on_delete=models.PROTECT, related_name="policies")
    number = models.CharField(_("number of the policy"), max_length=60)
    premium = models.PositiveBigIntegerField(_("premium per voucher"))
    claim_limit = models.PositiveBigIntegerField(_("at most per claim"))
    total_limit = models.PositiveBigIntegerField(_("at most in all"))
    deductible = models.PositiveBigIntegerField(_("deductible per claim"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-starts_on", "number"]
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        constraints = [
            models.UniqueConstraint(fields=["union", "number"], name="policy_number"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="policy_forward"),
            models.CheckConstraint(condition=Q(claim_limit__gt=0), name="policy_pays_something"),
        ]

    def __str__(self) -> str:
        return self.number


class Claim(models.Model):
    """opened, approved, paid; rejected. What a service cost, asked back from the insurer; one open claim per visit.

    `asked` is what the service cost, `approved` what the insurer takes over. A rejected claim may be appealed once.
    """

    class State(models.TextChoices):
        OPENED = "opened", _("opened")
        APPROVED = "approved", _("approved")
        PAID = "paid", _("paid")
        REJECTED = "rejected", _("rejected")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="claims")
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="claims")
    visit = models.ForeignKey("ascc.ServiceVisit", on_delete=models.PROTECT, related_name="claims")
    number = models.CharField(_("number"), max_length=24)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPENED)
    asked = models.PositiveBigIntegerField(_("asked"))
    approved = models.PositiveBigIntegerField(_("taken over"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.CharField(_("why it was rejected"), max_length=300, blank=True)
    opened_at = models.DateTimeField(_("opened"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    appealed_at = models.DateTimeField(_("appealed"), null=True, blank=True)
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints = [
            models.UniqueConstraint(fields=["union", "number"], name="claim_number"),
            models.UniqueConstraint(fields=["union", "visit"], name="claim_once_per_visit"),
            models.CheckConstraint(condition=Q(asked__gt=0), name="claim_of_something"),
            models.CheckConstraint(condition=Q(approved__lte=F("asked")), name="claim_not_above_asked"),
        ]
        indexes = [models.Index(fields=["policy", "state"], name="claim_by_policy")]

    def __str__(self) -> str:
        return self.number


class ClaimStep(models.Model):
    """One step of a claim: from where to where, who, when, with which words. Only added."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="steps")
    from_state = models.CharField(max_length=8, blank=True)
    to_state = models.CharField(max_length=8, choices=Claim.State.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"


class ClaimPaper(models.Model):
    """A paper or picture handed in with a claim, kept privately."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="papers")
    title = models.CharField(_("title"), max_length=160)
    path = models.CharField(max_length=200)
    at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.title
