"""A customer as a union knows them: with a sign-in or without, bought here or brought by an import."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from unions.models import Union


class Customer(models.Model):
    """One per e-mail address and union, or per number in the system a customer was imported from."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="customers")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="customers"
    )
    external_id = models.CharField(_("number elsewhere"), max_length=80, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    line1 = models.CharField(_("street and number"), max_length=200, blank=True)
    line2 = models.CharField(_("building, floor"), max_length=200, blank=True)
    city = models.CharField(_("town or city"), max_length=120, blank=True)
    region = models.CharField(_("county or province"), max_length=120, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(fields=["union", "email"], condition=~Q(email=""), name="customer_email_in_union"),
            models.UniqueConstraint(
                fields=["union", "external_id"], condition=~Q(external_id=""), name="customer_external_id_in_union"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.external_id
