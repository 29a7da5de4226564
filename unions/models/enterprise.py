"""An enterprise, the people who own it, and its membership of unions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from unions.models.classes import BusinessClass
from unions.models.storage import paper_path, paper_storage
from unions.models.union import Union


class Enterprise(models.Model):
    """A legal person that owns stores, in one or more unions."""

    name = models.CharField(_("trading name"), max_length=120)
    legal_name = models.CharField(_("legal name"), max_length=160)
    registration_number = models.CharField(_("registration number"), max_length=40)
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True)
    country = models.CharField(_("country (ISO 3166-1)"), max_length=2)
    address = models.CharField(_("registered address"), max_length=250)
    email = models.EmailField(_("e-mail address"))
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    business_class = models.ForeignKey(BusinessClass, null=True, on_delete=models.PROTECT, related_name="enterprises")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("enterprise")
        verbose_name_plural = _("enterprises")
        constraints = [
            models.UniqueConstraint(
                fields=["country", "registration_number"],
                name="enterprise_registration_once",
                violation_error_message=_("An enterprise with this registration number exists already."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class EnterpriseMember(models.Model):
    """A person who acts for an enterprise. Owners may do everything; what staff may do is said per store."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        STAFF = "staff", _("staff")

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="enterprise_roles")
    role = models.CharField(_("role"), max_length=8, choices=Role.choices)

    class Meta:
        verbose_name = _("enterprise member")
        verbose_name_plural = _("enterprise members")
        constraints = [models.UniqueConstraint(F("enterprise"), F("user"), name="enterprise_member_once")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"


class Membership(models.Model):
    """An enterprise in a union: applied, active, suspended, left."""

    class State(models.TextChoices):
        APPLIED = "applied", _("applied")
        ACTIVE = "active", _("active")
        SUSPENDED = "suspended", _("suspended")
        LEFT = "left", _("left")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="memberships")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="memberships")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.APPLIED)
    message = models.TextField(_("what the enterprise wrote"), blank=True)
    store_name = models.CharField(_("name of its first store"), max_length=120, blank=True)
    applied_at = models.DateTimeField(_("applied"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    commission_bp = models.PositiveIntegerField(
        _("agreed commission in basis points"),
        null=True,
        blank=True,
        help_text=_("100 basis points are 1 %. Empty: what the union takes from everyone. For sales from now on."),
    )

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-applied_at"]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["union", "enterprise"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(commission_bp=None) | models.Q(commission_bp__lte=10_000),
                name="membership_commission_at_most_all",
                violation_error_message=_("A commission is at most 10,000 basis points."),
            ),
        ]
        indexes = [models.Index(fields=["union", "state"], name="membership_by_state")]

    def __str__(self) -> str:
        return f"{self.enterprise} ({self.state})"

    @property
    def commission_rate(self) -> int:
        """What the union takes of its sales, in basis points: what was agreed with this member, else what all pay."""
        return self.union.commission_bp if self.commission_bp is None else self.commission_bp


class MembershipPaper(models.Model):
    """A paper handed in with an application; kept privately and shown to the union's office only."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="papers")
    title = models.CharField(_("title"), max_length=160)
    file = models.FileField(_("file"), upload_to=paper_path, storage=paper_storage, unique=True)
    content_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField(_("bytes"))
    uploaded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("paper")
        verbose_name_plural = _("papers")

    def __str__(self) -> str:
        return self.title


class MembershipChange(models.Model):
    """One step in a membership's history: who, when, from where to where, why."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="changes")
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.TextField(_("reason"), blank=True)
    at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"
