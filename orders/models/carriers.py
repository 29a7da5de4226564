"""Carriers and delivery suppliers of a union: what they offer, where to and at which price."""

from __future__ import annotations

from urllib.parse import quote

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from stores.models import ApiKey
from unions.models import Union
from unions.models.union import slug_shape

NUMBER = "{number}"


class Carrier(models.Model):
    """Who carries parcels for a union's stores. With an `adapter` its tracking is asked for by itself."""

    class Adapter(models.TextChoices):
        OPEN_TRACKING = "open_tracking", _("Open Tracking (JSON over HTTP)")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="carriers")
    slug = models.CharField(_("short name"), max_length=40, validators=[slug_shape])
    name = models.CharField(_("name"), max_length=80)
    contact_name = models.CharField(_("contact person"), max_length=80, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    site = models.URLField(_("website"), blank=True)
    tracking_page = models.CharField(
        _("tracking page"),
        max_length=200,
        blank=True,
        validators=[RegexValidator(r"^https?://[^\s{]+.*\{number\}", _("A web address with {number} in it."))],
        help_text=_("The address at which a shopper follows a parcel, with {number} for its tracking number."),
    )
    contract_from = models.DateField(_("contract from"), null=True, blank=True)
    contract_until = models.DateField(_("contract until"), null=True, blank=True)
    is_active = models.BooleanField(_("offered to stores"), default=True)
    adapter = models.CharField(_("asks for tracking by"), max_length=20, blank=True, choices=Adapter.choices)
    adapter_address = models.URLField(_("address of its tracking service"), blank=True)
    adapter_token = models.CharField(_("key for its tracking service"), max_length=200, blank=True)
    api_key = models.OneToOneField(
        ApiKey,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("key with which it tells of parcels"),
        help_text=_("A key of the union; with it the carrier reaches its own parcels only."),
    )

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["name"]
        verbose_name = _("carrier")
        verbose_name_plural = _("carriers")
        constraints = [
            models.UniqueConstraint(
                fields=["union", "slug"],
                name="carrier_slug_in_union",
                violation_error_message=_("A carrier of this union has this short name already."),
            ),
            models.CheckConstraint(
                condition=Q(contract_from=None) | Q(contract_until=None) | Q(contract_until__gte=F("contract_from")),
                name="carrier_contract_forward",
                violation_error_message=_("The contract ends before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(adapter="") | ~Q(adapter_address=""),
                name="carrier_adapter_has_address",
                violation_error_message=_("Say at which address its tracking service answers."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def tracking_url(self, number: str) -> str:
        """The page on which a parcel with this number is followed; empty where there is none."""
        if not number or NUMBER not in self.tracking_page:
            return ""
        address = self.tracking_page.replace(NUMBER, quote(number, safe=""))
        return address if len(address) <= 200 else ""


class CarrierService(models.Model):
    """One way in which a carrier carries, such as next day or by bulky-goods van."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    carrier = models.ForeignKey(Carrier, on_delete=models.CASCADE, related_name="services")
    code = models.CharField(_("short name"), max_length=40, validators=[slug_shape])
    name = models.CharField(_("name"), max_length=80)
    days_from = models.PositiveSmallIntegerField(_("days at least"), default=1)
    days_to = models.PositiveSmallIntegerField(_("days at most"), default=3)
    is_active = models.BooleanField(_("offered to stores"), default=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["carrier", "id"]
        verbose_name = _("service")
        verbose_name_plural = _("services")
        constraints = [
            models.UniqueConstraint(fields=["union", "carrier", "code"], name="carrier_service_code"),
            models.CheckConstraint(
                condition=Q(days_to__gte=F("days_from")),
                name="carrier_service_days",
                violation_error_message=_("At most must not be less than at least."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CarrierPrice(models.Model):
    """What a parcel costs in a zone, flat or up to a weight. An empty list of countries or regions is all of them."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    service = models.ForeignKey(CarrierService, on_delete=models.CASCADE, related_name="prices")
    zone = models.CharField(_("zone"), max_length=80)
    countries = models.CharField(
        _("countries"), max_length=200, blank=True, help_text=_("ISO 3166-1 with commas, such as GB, IE.")
    )
    regions = models.CharField(
        _("regions or beginnings of postal codes"), max_length=400, blank=True, help_text=_("With commas.")
    )
    up_to_grams = models.PositiveIntegerField(_("up to this weight in grams"), null=True, blank=True)
    price = models.PositiveBigIntegerField(_("price in minor units"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["service", "zone", F("up_to_grams").asc(nulls_last=True), "id"]
        verbose_name = _("price of a zone")
        verbose_name_plural = _("prices by zone")
        constraints = [
            models.CheckConstraint(
                condition=Q(up_to_grams=None) | Q(up_to_grams__gt=0), name="carrier_price_weight_of_something"
            ),
        ]

    def __str__(self) -> str:
        return self.zone

    def fits(self, *, country: str, region: str, postal_code: str, grams: int | None) -> bool:
        """Whether a parcel that goes there and weighs so much is carried at this price.

        One of unknown weight only where the price is flat.
        """
        if self.up_to_grams is not None and (grams is None or grams > self.up_to_grams):
            return False
        countries = _parts(self.countries)
        if countries and country.upper() not in countries:
            return False
        regions = _parts(self.regions)
        code = postal_code.upper().replace(" ", "")
        return not regions or any(
            part == region.strip().upper() or code.startswith(part.replace(" ", "")) for part in regions
        )


def _parts(text: str) -> list[str]:
    return [part for part in (one.strip().upper() for one in text.split(",")) if part]
