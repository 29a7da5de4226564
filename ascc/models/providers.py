"""Who does the work: stores that have registered as service providers, and their record."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from stores.models import Store
from unions.models import Union

FARTHEST_KM = 500


class ServiceProvider(models.Model):
    """A store that does after-sales service: its calendar, team, console and payouts are those of the store.

    applied, approved, suspended, declined. The figures of its record follow the services that change them:
    `score_sum` adds up hundredths of 1 to 5, `answer_seconds` and `answers` the time to answer transmissions, `earned`
    incentive vouchers in minor units.
    """

    class State(models.TextChoices):
        APPLIED = "applied", _("applied")
        APPROVED = "approved", _("approved")
        SUSPENDED = "suspended", _("suspended")
        DECLINED = "declined", _("declined")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="service_providers")
    store = models.OneToOneField(Store, on_delete=models.PROTECT, related_name="service_provider")
    ref = models.CharField(_("number"), max_length=24)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.APPLIED)
    about = models.TextField(_("about its work"), max_length=2000, blank=True)
    translations = models.JSONField(_("translations"), default=dict, blank=True)
    reach_km = models.PositiveSmallIntegerField(
        _("comes as far as, km"), default=20, validators=[MinValueValidator(1), MaxValueValidator(FARTHEST_KM)]
    )
    applied_at = models.DateTimeField(_("applied"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    done = models.PositiveIntegerField(_("services done"), default=0)
    timed = models.PositiveIntegerField(_("of them at an agreed time"), default=0, db_default=0)
    on_time = models.PositiveIntegerField(_("of them on time"), default=0)
    score_sum = models.PositiveBigIntegerField(default=0)
    score_count = models.PositiveIntegerField(default=0)
    answer_seconds = models.PositiveBigIntegerField(default=0)
    answers = models.PositiveIntegerField(default=0)
    earned = models.PositiveBigIntegerField(_("earned with incentive vouchers"), default=0)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]
        verbose_name = _("service provider")
        verbose_name_plural = _("service providers")
        constraints = [
            models.UniqueConstraint(fields=["union", "ref"], name="provider_ref"),
            models.CheckConstraint(condition=Q(reach_km__range=(1, FARTHEST_KM)), name="provider_reach"),
        ]
        indexes = [models.Index(fields=["union", "state"], name="provider_by_state")]

    def __str__(self) -> str:
        return self.ref

    @property
    def on_time_percent(self) -> int | None:
        """Of the services at an agreed time; None before the first: nobody is late who has not said when."""
        return round(100 * self.on_time / self.timed) if self.timed else None

    @property
    def score(self) -> float | None:
        """Mean satisfaction from 1 to 5, or None before the first assessment."""
        return self.score_sum / self.score_count / 100 if self.score_count else None


class ProviderSkill(models.Model):
    """A class of goods or services, by signal code, that a provider knows."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    provider = models.ForeignKey(ServiceProvider, on_delete=models.CASCADE, related_name="skills")
    code = models.CharField(_("signal code"), max_length=24)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["union", "provider", "code"], name="provider_skill_once")]

    def __str__(self) -> str:
        return self.code


class ProviderPrice(models.Model):
    """What a provider takes for what no voucher covers: `amount` in minor units with tax, per visit, hour or piece.

    `code` is the signal code of the work or goods it is about, empty where it is about any.
    """

    class Unit(models.TextChoices):
        VISIT = "visit", _("per visit")
        HOUR = "hour", _("per hour")
        PIECE = "piece", _("per piece")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    provider = models.ForeignKey(ServiceProvider, on_delete=models.CASCADE, related_name="prices")
    key = models.CharField(max_length=16)
    title = models.CharField(_("what for"), max_length=120)
    translations = models.JSONField(_("translations"), default=dict, blank=True)
    code = models.CharField(_("signal code"), max_length=24, blank=True)
    amount = models.PositiveBigIntegerField(_("amount"))
    unit = models.CharField(_("per"), max_length=6, choices=Unit.choices, default=Unit.VISIT)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]
        verbose_name = _("price of a provider")
        verbose_name_plural = _("prices of a provider")
        constraints = [
            models.UniqueConstraint(fields=["union", "key"], name="provider_price_key"),
            models.UniqueConstraint(fields=["union", "provider", "title", "unit"], name="provider_price_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="provider_price_of_something"),
        ]

    def __str__(self) -> str:
        return self.title


class ProviderChange(models.Model):
    """One step in a provider's history: who, when, from where to where, why."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(ServiceProvider, on_delete=models.CASCADE, related_name="changes")
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10, choices=ServiceProvider.State.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"
