"""Who may do what in a store: staff with permissions, programs with keys."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from stores.models.store import Store
from unions.models import Union


class StoreStaff(models.Model):
    """A person who works in a store and what they may do. Owners of the enterprise need no row: they may do all."""

    class Permission(models.TextChoices):
        ORDERS = "orders", _("handle orders")
        CATALOGUE = "catalogue", _("edit goods")
        STOCK = "stock", _("change stock")
        SETTLEMENT = "settlement", _("see settlement")
        TEAM = "team", _("manage the team")
        CONSOLE = "console", _("talk to shoppers")
        SERVICE = "service", _("do after-sales service")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="staff")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="store_roles")
    permissions = ArrayField(
        models.CharField(max_length=12, choices=Permission.choices), verbose_name=_("may"), default=list
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("store staff")
        verbose_name_plural = _("store staff")
        constraints = [models.UniqueConstraint(fields=["store", "user"], name="store_staff_once")]

    def __str__(self) -> str:
        return str(self.user)


class StaffInvitation(models.Model):
    """A person was asked by e-mail to join a store and has not said yes yet. The mailed link names this row, signed."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail address"))
    permissions = ArrayField(
        models.CharField(max_length=12, choices=StoreStaff.Permission.choices), verbose_name=_("may"), default=list
    )
    language = models.CharField(_("language"), max_length=12, blank=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    invited_at = models.DateTimeField(_("invited"))
    expires_at = models.DateTimeField(_("valid until"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    declined_at = models.DateTimeField(_("declined"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-invited_at"]
        verbose_name = _("staff invitation")
        verbose_name_plural = _("staff invitations")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "email"], condition=Q(accepted_at=None), name="staff_invitation_one_open"
            )
        ]

    def __str__(self) -> str:
        return self.email


class ApiKey(models.Model):
    """An integrator's key. It belongs to a union's office, to a store, or to a customer in a union.

    Only a hash of the key is kept; `hint` shows its first characters.
    """

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="api_keys")
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.CASCADE, related_name="api_keys")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="api_keys",
        help_text=_("Set for a customer's own key."),
    )
    name = models.CharField(_("name"), max_length=80)
    hint = models.CharField(max_length=12, editable=False)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("scopes"), default=list)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            models.CheckConstraint(condition=Q(store=None) | Q(user=None), name="api_key_of_store_or_customer")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"
