"""What the customer thought of the work, and the incentive voucher that follows from it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_scopes import ScopedManager

from ascc.models.providers import ServiceProvider
from ascc.models.vouchers import Voucher
from ascc.models.work import Redemption
from unions.models import Union


class Assessment(models.Model):
    """What a customer thought of one redeemed visit, aspect by aspect from 1 to 5. `score` is their mean in hundredths.

    `customer` is who said it, whoever owns the voucher later. `flags` names what the center should look at
    (`friends`, `always_five`).
    """

    ASPECTS = ("quality", "punctuality", "courtesy", "price")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    redemption = models.OneToOneField(Redemption, on_delete=models.PROTECT, related_name="assessment")
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="assessments")
    provider = models.ForeignKey(ServiceProvider, on_delete=models.PROTECT, related_name="assessments")
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    quality = models.PositiveSmallIntegerField(_("quality of the work"))
    punctuality = models.PositiveSmallIntegerField(_("punctuality"))
    courtesy = models.PositiveSmallIntegerField(_("courtesy"))
    price = models.PositiveSmallIntegerField(_("fairness of what was to be paid"))
    score = models.PositiveSmallIntegerField(_("satisfaction in hundredths"))
    words = models.TextField(_("in words"), max_length=2000, blank=True)
    answer = models.TextField(_("answer of the provider"), max_length=1000, blank=True)
    flags = models.JSONField(default=list, blank=True)
    at = models.DateTimeField(_("assessed"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    quality__range=(1, 5), punctuality__range=(1, 5), courtesy__range=(1, 5), price__range=(1, 5)
                ),
                name="assessment_from_1_to_5",
            ),
            models.CheckConstraint(condition=Q(score__range=(100, 500)), name="assessment_score"),
        ]
        indexes = [models.Index(fields=["provider", "-id"], name="assessment_by_provider")]

    def __str__(self) -> str:
        return f"{self.score / 100}"


class IncentiveVoucher(models.Model):
    """issued to the customer, given to the provider, redeemed by them, once; expired. Worth what satisfaction was."""

    class State(models.TextChoices):
        ISSUED = "issued", pgettext_lazy("of a voucher", "issued")
        GIVEN = "given", pgettext_lazy("of an incentive voucher", "given")
        REDEEMED = "redeemed", _("redeemed")
        EXPIRED = "expired", pgettext_lazy("of a voucher", "expired")

    class Paid(models.TextChoices):
        MONEY = "money", _("money")
        CREDIT = "credit", _("credit")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="incentive_vouchers")
    assessment = models.OneToOneField(Assessment, on_delete=models.PROTECT, related_name="incentive")
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="incentives")
    provider = models.ForeignKey(ServiceProvider, on_delete=models.PROTECT, related_name="incentives")
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="incentive_vouchers")
    code = models.CharField(_("code"), max_length=24)
    value = models.PositiveBigIntegerField(_("worth"))
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.ISSUED)
    paid_as = models.CharField(_("redeemed for"), max_length=6, choices=Paid.choices, blank=True)
    issued_at = models.DateTimeField(_("issued"))
    given_at = models.DateTimeField(_("given"), null=True, blank=True)
    redeemed_at = models.DateTimeField(_("redeemed"), null=True, blank=True)
    expires_at = models.DateTimeField(_("valid until"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("incentive voucher")
        verbose_name_plural = _("incentive vouchers")
        constraints = [
            models.UniqueConstraint(fields=["union", "code"], name="incentive_code"),
            models.CheckConstraint(condition=Q(value__gt=0), name="incentive_worth_something"),
        ]
        indexes = [
            models.Index(fields=["provider", "state", "-id"], name="incentive_by_provider"),
            models.Index(fields=["customer", "-id"], name="incentive_by_customer"),
            models.Index(fields=["expires_at"], condition=Q(state__in=["issued", "given"]), name="incentive_to_expire"),
        ]

    def __str__(self) -> str:
        return self.code
