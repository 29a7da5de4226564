"""Campaigns with their codes: who was invited to what, on paper or by e-mail, and what came of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from chat.models.conversation import Conversation
from chat.models.presence import Manager
from stores.models import Product, Store
from unions.models import Union
from unions.models.union import slug_shape


class Campaign(models.Model):
    """Codes with one purpose: printed matter, or a list of pre-qualified shoppers. Without a store it is the union's.

    `rule` says who is put on the list by itself: `{"product": id, "spent": minor units, "member": true, "days": 365}`,
    all of them together.
    """

    class Kind(models.TextChoices):
        PRINT = "print", _("printed matter")
        LIST = "list", _("pre-qualified shoppers")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="campaigns")
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.PROTECT, related_name="campaigns")
    short = models.SlugField(_("short name"), max_length=40, validators=[slug_shape])
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.PRINT)
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="campaigns")
    department = models.CharField(_("department"), max_length=40, blank=True)
    manager = models.ForeignKey(Manager, null=True, blank=True, on_delete=models.SET_NULL, related_name="campaigns")
    words = models.TextField(_("words to the shopper"), max_length=1000, blank=True)
    rule = models.JSONField(_("who is put on the list"), default=dict, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints = [
            models.UniqueConstraint(
                fields=["union", "short"],
                name="campaign_short",
                violation_error_message=_("There is a campaign with this short name already."),
            )
        ]
        indexes = [models.Index(fields=["store", "-id"], name="campaign_by_store")]

    def __str__(self) -> str:
        return self.name


class AccessCode(models.Model):
    """One code, and whose it is if it was made for somebody. Of the code itself only a keyed hash is kept.

    Together with the server's key `nonce` gives the code again, so that a letter can be printed twice.
    """

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="codes")
    nonce = models.CharField(max_length=32, editable=False)
    code_hash = models.CharField(max_length=64, editable=False)
    label = models.CharField(_("where it stands"), max_length=80, blank=True)
    max_uses = models.PositiveIntegerField(_("uses at most"), null=True, blank=True)
    uses = models.PositiveIntegerField(_("used"), default=0)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="access_codes"
    )
    reference = models.CharField(_("number of the person"), max_length=80, blank=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    address = models.TextField(_("postal address"), max_length=600, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    created_at = models.DateTimeField(_("issued"))
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("sent by e-mail"), null=True, blank=True)
    printed_at = models.DateTimeField(_("printed"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("sign-in code")
        verbose_name_plural = _("sign-in codes")
        constraints = [
            models.UniqueConstraint(fields=["union", "code_hash"], name="access_code_hash"),
            models.UniqueConstraint(
                fields=["union", "campaign", "email"], condition=~Q(email=""), name="access_code_one_per_address"
            ),
            models.UniqueConstraint(
                fields=["union", "campaign", "reference"],
                condition=~Q(reference=""),
                name="access_code_one_per_reference",
            ),
            models.CheckConstraint(
                condition=Q(max_uses=None) | Q(uses__lte=F("max_uses")), name="access_code_not_used_too_often"
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "-id"], name="access_code_by_campaign"),
            models.Index(fields=["union", "email"], condition=~Q(email=""), name="access_code_of_address"),
            models.Index(fields=["customer"], condition=Q(customer__isnull=False), name="access_code_of_customer"),
        ]

    def __str__(self) -> str:
        return self.name or self.label or self.email


class CodeUse(models.Model):
    """Somebody entered a code: counted once per person or browser."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    code = models.ForeignKey(AccessCode, on_delete=models.CASCADE, related_name="used")
    visitor = models.CharField(max_length=64)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="code_uses"
    )
    conversation = models.ForeignKey(
        Conversation, null=True, blank=True, on_delete=models.SET_NULL, related_name="code_uses"
    )
    at = models.DateTimeField(_("at"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("use of a code")
        verbose_name_plural = _("uses of codes")
        constraints = [
            models.UniqueConstraint(fields=["union", "code", "visitor"], name="code_use_once_per_visitor"),
        ]
        indexes = [
            models.Index(fields=["union", "visitor"], name="code_use_of_visitor"),
            models.Index(fields=["customer"], condition=Q(customer__isnull=False), name="code_use_of_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.code_id} {self.at:%Y-%m-%d}"


class CampaignDay(models.Model):
    """How often a campaign's addresses were opened on a day (in the union's time zone), used or not."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    scans = models.PositiveIntegerField(default=0)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["union", "campaign", "day"], name="campaign_day_once")]

    def __str__(self) -> str:
        return f"{self.day}: {self.scans}"


class ListImport(models.Model):
    """A file of pre-qualified shoppers on its way in: how far it is, and what became of its rows."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="imports")
    ref = models.CharField(max_length=24)
    name = models.CharField(_("file"), max_length=120)
    path = models.CharField(max_length=200)
    report = models.CharField(max_length=200, blank=True)
    is_dry = models.BooleanField(_("only try"), default=False)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    percent = models.PositiveSmallIntegerField(default=0)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    outcomes = models.JSONField(default=dict)
    reasons = models.JSONField(default=dict)
    problem = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(_("begun"))
    moved_at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("import of a list")
        verbose_name_plural = _("imports of lists")
        constraints = [models.UniqueConstraint(fields=["union", "ref"], name="list_import_ref")]

    def __str__(self) -> str:
        return self.name
