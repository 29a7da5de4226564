"""What a store lets people reserve, by whom or in what it is done, and when these are free."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from stores.models import Product, Store, Variant
from unions.models import Union

LONGEST_MINUTES = 24 * 60
MOST_AT_ONCE = 100


class Bookable(models.Model):
    """A service (of all its variants or of one) or, without a product, a visit to the store; and the rules for it.

    Times are in minutes. A variant's own row goes before the one of its product.
    """

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="bookables")
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.CASCADE, related_name="bookables")
    variant = models.ForeignKey(Variant, null=True, blank=True, on_delete=models.CASCADE, related_name="bookables")
    key = models.CharField(max_length=16, editable=False)
    title = models.CharField(_("title"), max_length=120, blank=True, help_text=_("Of a visit; services have theirs."))
    minutes = models.PositiveSmallIntegerField(
        _("minutes it takes"), default=60, validators=[MinValueValidator(5), MaxValueValidator(LONGEST_MINUTES)]
    )
    before_minutes = models.PositiveSmallIntegerField(
        _("minutes to prepare"), default=0, validators=[MaxValueValidator(LONGEST_MINUTES)]
    )
    after_minutes = models.PositiveSmallIntegerField(
        _("minutes to clear up"), default=0, validators=[MaxValueValidator(LONGEST_MINUTES)]
    )
    step_minutes = models.PositiveSmallIntegerField(
        _("a start every … minutes"), default=30, validators=[MinValueValidator(5), MaxValueValidator(LONGEST_MINUTES)]
    )
    notice_minutes = models.PositiveIntegerField(
        _("minutes of notice"), default=120, validators=[MaxValueValidator(60 * LONGEST_MINUTES)]
    )
    ahead_days = models.PositiveSmallIntegerField(
        _("days ahead"), default=30, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    cancel_until_minutes = models.PositiveIntegerField(
        _("may be cancelled until … minutes before"), default=24 * 60, validators=[MaxValueValidator(60 * 1440)]
    )
    hold_minutes = models.PositiveIntegerField(
        _("minutes for which a proposal holds the time"),
        default=24 * 60,
        validators=[MinValueValidator(1), MaxValueValidator(14 * 1440)],
    )
    no_show_minutes = models.PositiveSmallIntegerField(
        _("missed after … minutes"), default=15, validators=[MaxValueValidator(LONGEST_MINUTES)]
    )
    no_show_limit = models.PositiveSmallIntegerField(
        _("missed so often, the store confirms itself"),
        default=2,
        help_text=_("Within half a year; 0 for never."),
    )
    without_conversation = models.BooleanField(_("bookable on its page"), default=True)
    confirms_at_once = models.BooleanField(_("confirmed at once"), default=False)
    is_active = models.BooleanField(_("offered"), default=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]
        verbose_name = _("bookable service")
        verbose_name_plural = _("bookable services")
        constraints = [
            models.UniqueConstraint(fields=["union", "key"], name="bookable_key_in_union"),
            models.UniqueConstraint(
                fields=["union", "product"],
                condition=Q(variant=None, product__isnull=False),
                name="bookable_product_once",
            ),
            models.UniqueConstraint(fields=["union", "variant"], name="bookable_variant_once"),
            models.CheckConstraint(
                condition=Q(product__isnull=False) | (Q(variant=None) & ~Q(title="")), name="bookable_visit_has_title"
            ),
            models.CheckConstraint(condition=Q(minutes__gte=5, step_minutes__gte=5), name="bookable_takes_time"),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.product_id}"

    @property
    def is_visit(self) -> bool:
        return self.product_id is None


class Resource(models.Model):
    """Who or what is taken by a reservation. `capacity` is how many reservations it carries at a time."""

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        ROOM = "room", _("room")
        CHAIR = "chair", _("chair")
        MACHINE = "machine", _("machine")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="resources")
    key = models.CharField(max_length=16, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.PERSON)
    name = models.CharField(_("name"), max_length=80)
    translations = models.JSONField(_("translations"), default=dict, blank=True)
    capacity = models.PositiveSmallIntegerField(
        _("how many at a time"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_AT_ONCE)]
    )
    own_hours = models.BooleanField(_("has hours of its own"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("can be reserved"), default=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
        constraints = [
            models.UniqueConstraint(fields=["union", "key"], name="resource_key_in_union"),
            models.CheckConstraint(
                condition=Q(capacity__gte=1, capacity__lte=MOST_AT_ONCE), name="resource_capacity_bounded"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ResourceService(models.Model):
    """A resource does a bookable service."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="services")
    bookable = models.ForeignKey(Bookable, on_delete=models.CASCADE, related_name="served_by")

    objects = ScopedManager(union="union")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["resource", "bookable"], name="resource_service_once")]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.bookable_id}"


class ResourceHours(models.Model):
    """One span on one weekday of a resource with hours of its own, in the union's time zone."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(_("weekday"), help_text=_("0 is Monday."))
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="resource_hours_weekday"),
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="resource_hours_forward"),
            models.UniqueConstraint(fields=["resource", "weekday", "opens"], name="resource_hours_once"),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens}-{self.closes}"


class ResourceDay(models.Model):
    """A day on which a resource is away (no times) or there at other times than usual."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="special_days")
    date = models.DateField(_("date"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    opens = models.TimeField(_("opens"), null=True, blank=True)
    closes = models.TimeField(_("closes"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(fields=["resource", "date"], name="resource_day_once"),
            models.CheckConstraint(
                condition=Q(opens=None, closes=None) | Q(closes__gt=F("opens")), name="resource_day_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.reason}"
