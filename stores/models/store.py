"""A store in a union: what it is, where it is, when it is open and how it delivers."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from unions.models import BusinessClass, Membership, Union
from unions.models.union import slug_shape


class StoreQuerySet(models.QuerySet["Store"]):
    """Filters on stores."""

    def visible(self) -> StoreQuerySet:
        """Stores that shoppers see: published, and their enterprise's membership is active."""
        return self.filter(is_published=True, membership__state=Membership.State.ACTIVE)


class Store(models.Model):
    """An electrical store. Its own texts are in the union's first language, others in `translations`.

    `front_sizes` lists the files of the photograph of its front, as `Picture.sizes` does; without one, `picture`
    (drawn, in the demo) is shown.
    """

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="stores")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="stores")
    business_class = models.ForeignKey(
        BusinessClass, null=True, blank=True, on_delete=models.PROTECT, related_name="stores"
    )
    slug = models.CharField(_("short name in addresses"), max_length=60, validators=[slug_shape])
    name = models.CharField(_("name"), max_length=120)
    tagline = models.CharField(_("one line about it"), max_length=160, blank=True)
    description = models.TextField(_("introduction"), blank=True)
    translations = models.JSONField(_("translations"), default=dict, blank=True)
    street = models.CharField(_("street and number"), max_length=200, blank=True)
    city = models.CharField(_("town or city"), max_length=120, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    latitude = models.FloatField(
        _("latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    manager_name = models.CharField(_("who answers"), max_length=80, blank=True)
    picture = models.CharField(_("picture"), max_length=200, blank=True, help_text=_("Path in the media storage."))
    front_sizes = models.JSONField(default=list, db_default=Value([], models.JSONField()), editable=False)
    front_original = models.CharField(max_length=200, blank=True, default="", db_default="", editable=False)
    is_published = models.BooleanField(_("open to shoppers"), default=False)
    rating_sum = models.PositiveIntegerField(default=0, editable=False)
    rating_count = models.PositiveIntegerField(default=0, editable=False)
    external_id = models.CharField(_("number elsewhere"), max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(union="union", _manager_class=models.Manager.from_queryset(StoreQuerySet))

    class Meta:
        ordering = ["name"]
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        constraints = [
            models.UniqueConstraint(
                fields=["union", "slug"],
                name="store_slug_in_union",
                violation_error_message=_("A store of this union has this short name already."),
            ),
            models.UniqueConstraint(
                fields=["union", "external_id"], condition=~Q(external_id=""), name="store_external_id_in_union"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def rating(self) -> float | None:
        """Mean of its reviews from 1 to 5, or None before the first."""
        return self.rating_sum / self.rating_count if self.rating_count else None


class OpeningHours(models.Model):
    """One span on one weekday, in the union's time zone. Two spans make a lunch break."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField(_("weekday"), help_text=_("0 is Monday."))
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="opening_hours_weekday"),
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="opening_hours_forward"),
            models.UniqueConstraint(fields=["store", "weekday", "opens"], name="opening_hours_once"),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens}-{self.closes}"


class SpecialDay(models.Model):
    """A day that differs from the week: a holiday (no times) or other hours."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="special_days")
    date = models.DateField(_("date"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    opens = models.TimeField(_("opens"), null=True, blank=True)
    closes = models.TimeField(_("closes"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(fields=["store", "date"], name="special_day_once"),
            models.CheckConstraint(
                condition=Q(opens=None, closes=None) | Q(closes__gt=F("opens")), name="special_day_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.reason}"


class DeliveryOption(models.Model):
    """A way in which goods reach the shopper, with its price and lead time."""

    class Kind(models.TextChoices):
        PICKUP = "pickup", _("pick up at the store")
        DELIVERY = "delivery", _("delivery")
        DIGITAL = "digital", _("by e-mail or on site")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="delivery_options")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=80)
    translations = models.JSONField(_("translations"), default=dict, blank=True)
    price = models.PositiveBigIntegerField(_("price in minor units"), default=0)
    free_from = models.PositiveBigIntegerField(_("free from this goods value"), null=True, blank=True)
    tax_bp = models.PositiveIntegerField(_("tax in basis points"), default=0)
    lead_days_min = models.PositiveSmallIntegerField(_("days at least"), default=0)
    lead_days_max = models.PositiveSmallIntegerField(_("days at most"), default=3)
    weekdays = models.CharField(
        _("only on these weekdays"), max_length=7, blank=True, default="", db_default="", help_text=_("0 is Monday.")
    )
    countries = models.CharField(_("countries (ISO 3166-1, commas)"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("offered"), default=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("delivery option")
        verbose_name_plural = _("delivery options")
        constraints = [
            models.CheckConstraint(
                condition=Q(lead_days_max__gte=F("lead_days_min")), name="delivery_option_lead_days"
            ),
            models.CheckConstraint(condition=Q(weekdays__regex=r"^[0-6]*$"), name="delivery_option_weekdays"),
        ]

    def __str__(self) -> str:
        return self.name
