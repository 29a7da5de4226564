"""Service programs: what is promised for which goods, in versions that stay as they were."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_scopes import ScopedManager

from ascc.models.insurance import Policy
from stores.models import Category, Product, Store, Variant
from unions.models import Union

LONGEST_MONTHS = 120
MOST_VISITS = 24


class Coverage(models.TextChoices):
    """What may be done for a voucher."""

    REPAIR = "repair", _("repair")
    CHECK_UP = "check_up", _("check-up")
    INSTALLATION = "installation", _("installation")
    TRAINING = "training", _("training")
    ADVICE = "advice", _("advice")
    PICK_UP = "pick_up", _("pick-up")


class ServiceProgram(models.Model):
    """A promise of the union's service center or, with a store, of that store. What it promises is in its versions."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="service_programs")
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.PROTECT, related_name="service_programs")
    ref = models.CharField(_("number"), max_length=24)
    name = models.CharField(_("name"), max_length=120)
    created_at = models.DateTimeField(_("made"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("service program")
        verbose_name_plural = _("service programs")
        constraints = [models.UniqueConstraint(fields=["union", "ref"], name="program_ref")]

    def __str__(self) -> str:
        return self.name


class ProgramVersion(models.Model):
    """What a program promised from one moment to another. Once in force it is never edited; a new one follows it.

    Money is in minor units of the union's currency, per visit: `value` is up to what work is worth, `fee` what the
    provider is paid, `deductible` the part of it that the customer pays. `price` is asked for a program sold as an
    extra. Months count from the moment of `event`. `activate_days` 0: no need to hurry.
    """

    class Event(models.TextChoices):
        PAID = "paid", pgettext_lazy("of an order", "paid")
        DELIVERED = "delivered", _("delivered")

    class Sale(models.TextChoices):
        INCLUDED = "included", _("included")
        EXTRA = "extra", _("sold as an extra")

    class Funding(models.TextChoices):
        STORE = "store", _("the store that sells")
        CENTER = "center", _("the service center")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    program = models.ForeignKey(ServiceProgram, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=120)
    summary = models.CharField(_("in one line"), max_length=200, blank=True)
    terms = models.TextField(_("terms"), max_length=8000)
    translations = models.JSONField(_("translations"), default=dict, blank=True)
    covers = ArrayField(models.CharField(max_length=12, choices=Coverage.choices), verbose_name=_("covers"))
    event = models.CharField(_("begins when the order is"), max_length=10, choices=Event.choices, default="delivered")
    months = models.PositiveSmallIntegerField(
        _("months"), default=12, validators=[MinValueValidator(1), MaxValueValidator(LONGEST_MONTHS)]
    )
    activate_days = models.PositiveSmallIntegerField(_("days in which it must be activated"), default=0)
    visits = models.PositiveSmallIntegerField(
        _("visits"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_VISITS)]
    )
    value = models.PositiveBigIntegerField(_("worth of a visit, up to"), default=0)
    fee = models.PositiveBigIntegerField(_("provider's fee per visit"))
    deductible = models.PositiveBigIntegerField(_("deductible per visit"), default=0)
    sale = models.CharField(_("comes"), max_length=8, choices=Sale.choices, default=Sale.INCLUDED)
    price = models.PositiveBigIntegerField(_("price as an extra"), default=0)
    funding = models.CharField(_("paid for by"), max_length=8, choices=Funding.choices, default=Funding.STORE)
    policy = models.ForeignKey(Policy, null=True, blank=True, on_delete=models.PROTECT, related_name="versions")
    needs_serial = models.BooleanField(_("asks for the serial number"), default=False)
    needs_photo = models.BooleanField(_("asks for a photo"), default=False)
    regions = ArrayField(
        models.CharField(max_length=6), verbose_name=_("regions (ISO 3166-2)"), default=list, blank=True
    )
    valid_from = models.DateTimeField(_("in force from"))
    valid_until = models.DateTimeField(_("in force until"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["program", "-number"]
        verbose_name = _("version of a program")
        verbose_name_plural = _("versions of programs")
        constraints = [
            models.UniqueConstraint(fields=["union", "program", "number"], name="program_version_number"),
            ExclusionConstraint(
                name="program_one_version_at_a_time",
                expressions=[
                    (Func(F("program_id"), F("program_id"), Value("[]"), function="int8range"), RangeOperators.EQUAL),
                    (
                        Func("valid_from", "valid_until", function="tstzrange", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="program_version_forward"
            ),
            models.CheckConstraint(condition=Q(visits__range=(1, MOST_VISITS)), name="program_version_visits"),
            models.CheckConstraint(condition=Q(months__range=(1, LONGEST_MONTHS)), name="program_version_months"),
            models.CheckConstraint(condition=Q(deductible__lte=F("fee")), name="program_deductible_within_fee"),
            models.CheckConstraint(condition=Q(covers__len__gt=0), name="program_covers_something"),
            models.CheckConstraint(condition=Q(sale="included") | Q(price__gt=0), name="program_extra_has_price"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"


class ProgramScope(models.Model):
    """One kind of goods that a version is for; everything said in a row has to fit. Without rows it is for all goods.

    A program of a store is for the goods of that store whatever its rows say. Prices are of one piece.
    """

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(ProgramVersion, on_delete=models.CASCADE, related_name="scopes")
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    price_from = models.PositiveBigIntegerField(_("price from"), null=True, blank=True)
    price_to = models.PositiveBigIntegerField(_("price to"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(product__isnull=False)
                | Q(category__isnull=False)
                | Q(store__isnull=False)
                | Q(price_from__isnull=False)
                | Q(price_to__isnull=False),
                name="program_scope_says_something",
            )
        ]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.product_id or self.category_id or self.store_id or ''}"


class RewardStep(models.Model):
    """From this satisfaction on (hundredths of 1 to 5) an incentive voucher is worth this much, in minor units."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(ProgramVersion, on_delete=models.CASCADE, related_name="rewards")
    at_least = models.PositiveSmallIntegerField(_("satisfaction of at least, in hundredths"))
    value = models.PositiveBigIntegerField(_("worth"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["at_least"]
        constraints = [
            models.UniqueConstraint(fields=["union", "version", "at_least"], name="reward_step_once"),
            models.CheckConstraint(condition=Q(at_least__range=(100, 500)), name="reward_step_between_1_and_5"),
        ]

    def __str__(self) -> str:
        return f"{self.at_least / 100}: {self.value}"


class ProgramOffer(models.Model):
    """A store sells a program as an extra: `variant` is what is put in the cart for it."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    program = models.ForeignKey(ServiceProgram, on_delete=models.PROTECT, related_name="offers")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="program_offers")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="program_offers")
    is_open = models.BooleanField(_("offered"), default=True)

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("offer of a program")
        verbose_name_plural = _("offers of programs")
        constraints = [
            models.UniqueConstraint(fields=["union", "program", "store"], name="program_offer_once"),
            models.UniqueConstraint(fields=["union", "variant"], name="program_offer_of_one_variant"),
        ]

    def __str__(self) -> str:
        return f"{self.program_id} @ {self.store_id}"
