"""A regional mart union, the regions it covers, its pages and its staff."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

RESERVED_SLUGS = frozenset(
    "account admin api apply cart center checkout classes code console conversations docs events find go healthz "
    "invitations look manage match media members metrics nearest orders pages programs provider providers readyz "
    "receipt reservations responses review reviews search static stores track u urgent v ws".split()
)
slug_shape = RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*$", _("Small letters, digits and single hyphens only."))


def not_reserved(slug: str) -> None:
    """Words that stand in the platform's own addresses cannot name a union or a store."""
    if slug in RESERVED_SLUGS:
        raise ValidationError(_("“%(slug)s” is a word of the platform's own addresses."), params={"slug": slug})


def english_only() -> list[str]:
    return ["en"]


class Union(models.Model):
    """A region's association of shops under one website. With `address` set it lives on another deployment."""

    class PayoutPeriod(models.TextChoices):
        DAILY = "daily", _("every day")
        WEEKLY = "weekly", _("every week")
        MONTHLY = "monthly", _("every month")

    slug = models.CharField(
        _("short name in addresses"), max_length=40, unique=True, validators=[slug_shape, not_reserved]
    )
    name = models.CharField(_("name"), max_length=120)
    tagline = models.CharField(_("one line about it"), max_length=160, blank=True)
    description = models.TextField(_("introduction"), blank=True)
    translations = models.JSONField(_("translations"), default=dict, blank=True)
    prefix = models.CharField(
        _("prefix of its numbers"),
        max_length=4,
        unique=True,
        validators=[RegexValidator(r"^[A-Z]{2,4}$", _("Two to four capital letters."))],
    )
    country = models.CharField(_("country (ISO 3166-1)"), max_length=2)
    currency = models.CharField(_("currency (ISO 4217)"), max_length=3)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    languages = ArrayField(models.CharField(max_length=12), verbose_name=_("languages"), default=english_only)
    hue = models.PositiveSmallIntegerField(
        _("brand hue"), default=210, validators=[MaxValueValidator(345)], help_text=_("0 to 345 in steps of 15.")
    )
    picture = models.CharField(_("picture"), max_length=200, blank=True, help_text=_("Path in the media storage."))
    latitude = models.FloatField(_("latitude of its centre"), null=True, blank=True)
    longitude = models.FloatField(_("longitude of its centre"), null=True, blank=True)
    domain = models.CharField(_("domain of its own"), max_length=120, null=True, blank=True, unique=True)
    address = models.URLField(_("address on another deployment"), blank=True)
    contact_email = models.EmailField(_("e-mail address"), blank=True)
    contact_phone = models.CharField(_("phone"), max_length=32, blank=True)
    contact_address = models.CharField(_("office"), max_length=250, blank=True)
    commission_bp = models.PositiveIntegerField(
        _("commission in basis points"), default=500, validators=[MinValueValidator(0), MaxValueValidator(10_000)]
    )
    commission_tax_bp = models.PositiveIntegerField(_("tax on commission in basis points"), default=0)
    holding_days = models.PositiveSmallIntegerField(_("days held after delivery"), default=7)
    payout_period = models.CharField(
        _("payout period"), max_length=8, choices=PayoutPeriod.choices, default=PayoutPeriod.WEEKLY
    )
    browsing_kept_days = models.PositiveSmallIntegerField(
        _("days the browsing record is kept"),
        default=90,
        db_default=90,
        validators=[MinValueValidator(1), MaxValueValidator(730)],
        help_text=_("Of shoppers who agreed; at most as long as the whole platform keeps it."),
    )
    looks_kept_days = models.PositiveSmallIntegerField(
        _("days it is kept who looked at personal data"),
        default=365,
        db_default=365,
        validators=[MinValueValidator(30), MaxValueValidator(3650)],
    )
    people_kept_days = models.PositiveSmallIntegerField(
        _("days after which guests' names and addresses are erased"),
        null=True,
        blank=True,
        validators=[MinValueValidator(30), MaxValueValidator(7300)],
        help_text=_(
            "Counted from their last purchase, talk, wish or voucher; orders and sums stay. Empty: they are kept."
        ),
    )
    is_published = models.BooleanField(_("open to shoppers"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("union")
        verbose_name_plural = _("unions")
        constraints = [
            models.CheckConstraint(condition=Q(commission_bp__lte=10_000), name="union_commission_at_most_all"),
            models.CheckConstraint(condition=Q(hue__lte=345), name="union_hue_on_the_wheel"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def default_language(self) -> str:
        """The language in which its own texts are written."""
        return self.languages[0]

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is hosted on another deployment and only redirected to."""
        return bool(self.address)


class UnionRegion(models.Model):
    """A region (ISO 3166-2, `TW-KHH`) whose shoppers belong to a union. Several unions may share one."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="regions")
    code = models.CharField(_("region (ISO 3166-2)"), max_length=6, db_index=True)
    name = models.CharField(_("name"), max_length=120)
    translations = models.JSONField(_("translations"), default=dict, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["union", "code"], name="union_region_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class UnionPage(models.Model):
    """A page of the union's own: about, delivery and returns, terms."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="pages")
    slug = models.CharField(_("short name in addresses"), max_length=40, validators=[slug_shape])
    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("text"), help_text=_("Plain text; an empty line starts a paragraph."))
    translations = models.JSONField(_("translations"), default=dict, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_published = models.BooleanField(_("published"), default=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["position", "slug"]
        verbose_name = _("union page")
        verbose_name_plural = _("union pages")
        constraints = [models.UniqueConstraint(fields=["union", "slug"], name="union_page_slug")]

    def __str__(self) -> str:
        return self.title


class UnionStaff(models.Model):
    """A person who works for the union's office."""

    class Role(models.TextChoices):
        ADMIN = "admin", _("administrator")
        SUPPORT = "support", _("support")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="staff")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="union_roles")
    role = models.CharField(_("role"), max_length=8, choices=Role.choices, default=Role.ADMIN)

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("union staff")
        verbose_name_plural = _("union staff")
        constraints = [models.UniqueConstraint(F("union"), F("user"), name="union_staff_once")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"
