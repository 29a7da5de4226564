"""One purchase across stores: who bought, where it goes, what it comes to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from orders.models.cart import Cart
from orders.models.customer import Customer
from unions.models import Union


class Purchase(models.Model):
    """Frozen when it is placed. A cart becomes one purchase at most; `token` opens its tracking page to a guest."""

    class Origin(models.TextChoices):
        WEBSITE = "website", _("website")
        API = "api", _("API")
        IMPORT = "import", _("import")
        CONVERSATION = "conversation", _("conversation")
        EXCHANGE = "exchange", _("exchange")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="purchases")
    number = models.CharField(_("number"), max_length=24)
    token = models.CharField(max_length=64, unique=True)
    cart = models.OneToOneField(Cart, null=True, blank=True, on_delete=models.SET_NULL, related_name="purchase")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="purchases"
    )
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.SET_NULL, related_name="purchases")
    origin = models.CharField(_("origin"), max_length=12, choices=Origin.choices, default=Origin.WEBSITE)
    conversation = models.CharField(_("conversation"), max_length=64, blank=True, default="", db_default="")
    external_id = models.CharField(_("number elsewhere"), max_length=80, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    recipient = models.CharField(_("recipient"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    line1 = models.CharField(_("street and number"), max_length=200, blank=True)
    line2 = models.CharField(_("building, floor"), max_length=200, blank=True)
    city = models.CharField(_("town or city"), max_length=120, blank=True)
    region = models.CharField(_("county or province"), max_length=120, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    note = models.TextField(_("a word to the stores"), blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    total = models.BigIntegerField(_("total"))
    placed_at = models.DateTimeField(_("placed"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")
        constraints = [
            models.UniqueConstraint(fields=["union", "number"], name="purchase_number"),
            models.UniqueConstraint(
                fields=["union", "external_id"], condition=~models.Q(external_id=""), name="purchase_external_id"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="purchase_by_user"),
            models.Index(fields=["conversation"], condition=~models.Q(conversation=""), name="purchase_conversation"),
        ]

    def __str__(self) -> str:
        return self.number
