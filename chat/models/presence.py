"""Who can answer: a store's ways of talking, its managers, and the consoles at which they sat."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_scopes import ScopedManager

from stores.models import ApiKey, Store
from unions.models import Union


class TalkSettings(models.Model):
    """How a store talks. A store without a row talks by the defaults; a row without a store is the union's support."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.OneToOneField(Store, null=True, blank=True, on_delete=models.CASCADE, related_name="talk_settings")
    is_open = models.BooleanField(_("shoppers may talk to us"), default=True)
    greeting = models.CharField(_("first words to a shopper"), max_length=300, blank=True)
    offline_text = models.CharField(_("words when nobody is there"), max_length=300, blank=True)
    departments = ArrayField(models.CharField(max_length=40), verbose_name=_("departments"), default=list, blank=True)
    offer_seconds = models.PositiveSmallIntegerField(_("seconds to accept before the next is asked"), default=30)
    overflow_seconds = models.PositiveSmallIntegerField(
        _("seconds until the union's support helps out"), default=180, help_text=_("0: never.")
    )
    idle_minutes = models.PositiveSmallIntegerField(_("minutes of silence that end a conversation"), default=30)
    free_minutes = models.PositiveSmallIntegerField(
        _("minutes for first-time visitors without an account"),
        default=0,
        db_default=0,
        help_text=_("0: no limit."),
    )
    voice = models.BooleanField(_("voice calls"), default=True)
    video = models.BooleanField(_("video calls"), default=True)

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("ways of talking")
        verbose_name_plural = _("ways of talking")
        constraints = [
            models.UniqueConstraint(fields=["union"], condition=Q(store=None), name="talk_settings_one_of_support")
        ]

    def __str__(self) -> str:
        return str(self.store or self.union)


class Manager(models.Model):
    """A person (or program) who answers for a store, or for the union's support when `store` is empty."""

    class Status(models.TextChoices):
        AVAILABLE = "available", pgettext_lazy("of a person", "available")
        BUSY = "busy", pgettext_lazy("of a person", "busy")
        AWAY = "away", _("away")
        SILENT = "silent", _("do not disturb")
        OFF = "off", _("logged out")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.CASCADE, related_name="managers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="manager_roles")
    shown_name = models.CharField(_("name that shoppers see"), max_length=80, blank=True)
    capacity = models.PositiveSmallIntegerField(_("conversations at once"), default=4)
    departments = ArrayField(models.CharField(max_length=40), verbose_name=_("departments"), default=list, blank=True)
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.OFF)
    status_at = models.DateTimeField(null=True, blank=True)
    is_program = models.BooleanField(_("a program answers"), default=False)
    key = models.ForeignKey(ApiKey, null=True, blank=True, on_delete=models.CASCADE, related_name="+", editable=False)
    accepts_at_once = models.BooleanField(_("takes conversations without asking"), default=False)
    can_voice = models.BooleanField(default=False)
    can_video = models.BooleanField(default=False)
    last_served_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("store manager")
        verbose_name_plural = _("store managers")
        constraints = [
            models.UniqueConstraint(
                fields=["union", "store", "user"], condition=Q(store__isnull=False), name="manager_once_per_store"
            ),
            models.UniqueConstraint(
                fields=["union", "user"], condition=Q(store__isnull=True), name="manager_once_in_support"
            ),
            models.CheckConstraint(condition=Q(capacity__range=(1, 50)), name="manager_capacity"),
        ]

    def __str__(self) -> str:
        return self.shown_name or str(self.user)


class ConsoleSession(models.Model):
    """One stay at a console: where, from which network address, over which channel, from when to when."""

    class EndedBy(models.TextChoices):
        LOGGED_OUT = "logged_out", _("logged out")
        VANISHED = "vanished", _("the connection was lost")
        REFUSED = "refused", _("no longer allowed")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    manager = models.ForeignKey(Manager, on_delete=models.CASCADE, related_name="sessions")
    channel = models.CharField(_("channel"), max_length=64, unique=True)
    address = models.GenericIPAddressField(_("network address"), null=True)
    place = models.CharField(_("place"), max_length=80, blank=True)
    device = models.CharField(_("device"), max_length=200, blank=True)
    began_at = models.DateTimeField(_("logged in"))
    ended_at = models.DateTimeField(_("logged out"), null=True, blank=True)
    ended_by = models.CharField(max_length=10, choices=EndedBy.choices, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("console session")
        verbose_name_plural = _("console sessions")
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")), name="console_session_forward"
            )
        ]
        indexes = [models.Index(fields=["manager"], condition=Q(ended_at=None), name="console_session_open")]

    def __str__(self) -> str:
        return f"{self.manager} {self.began_at:%Y-%m-%d %H:%M}"


class SavedReply(models.Model):
    """Words for often; `{name}`, `{store}`, `{product}`, `{order}` are filled in from the conversation."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.CASCADE, related_name="saved_replies")
    shortcut = models.CharField(_("shortcut"), max_length=24)
    text = models.TextField(_("text"), max_length=2000)
    used = models.PositiveIntegerField(default=0, editable=False)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["shortcut"]
        verbose_name = _("saved reply")
        verbose_name_plural = _("saved replies")
        constraints = [
            models.UniqueConstraint(
                fields=["union", "store", "shortcut"], name="saved_reply_shortcut", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.shortcut


class PushSubscription(models.Model):
    """A browser that wants to be woken when its manager is called with the page closed (Web Push)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_subscriptions")
    endpoint = models.URLField(max_length=500, unique=True)
    p256dh = models.CharField(max_length=120)
    auth = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    failed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("push subscription")
        verbose_name_plural = _("push subscriptions")

    def __str__(self) -> str:
        return self.endpoint[:60]
