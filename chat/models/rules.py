"""Whom to help: rules of a store or of the union's support, and the invitations they led to."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from chat.models.conversation import Conversation
from stores.models import Store
from unions.models import Union


class Rule(models.Model):
    """When to speak to a visitor, and how. Without a store it is the union's own and its support answers.

    `conditions` is a tree (chat.conditions.tree); `words` in the union's first language, others in `translations`.
    """

    class Action(models.TextChoices):
        INVITE = "invite", _("invite")
        CONNECT = "connect", _("connect at once")

    class Offer(models.TextChoices):
        TEXT = "text", _("text")
        VOICE = "voice", _("voice")
        VIDEO = "video", _("voice and video")

    class Picture(models.TextChoices):
        NONE = "none", _("no picture")
        STORE = "store", _("the store's")
        ITEM = "item", _("the item's that is being looked at")
        OWN = "own", _("one of its own")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.CASCADE, related_name="rules")
    ref = models.CharField(_("reference"), max_length=24)
    name = models.CharField(_("name"), max_length=80)
    conditions = models.JSONField(_("conditions"), default=dict, blank=True)
    action = models.CharField(_("what happens"), max_length=8, choices=Action.choices, default=Action.INVITE)
    offer = models.CharField(_("offered"), max_length=6, choices=Offer.choices, default=Offer.TEXT)
    words = models.CharField(_("words to the shopper"), max_length=300, blank=True)
    translations = models.JSONField(_("translations"), default=dict, blank=True)
    picture = models.CharField(_("picture"), max_length=6, choices=Picture.choices, default=Picture.NONE)
    own_picture = models.CharField(max_length=200, blank=True, default="", db_default="")
    free_minutes = models.PositiveSmallIntegerField(
        _("shortened session, minutes"),
        default=0,
        validators=[MaxValueValidator(240)],
        help_text=_("For visitors without an account. 0: no limit."),
    )
    priority = models.SmallIntegerField(_("priority"), default=0, help_text=_("The highest speaks first."))
    cooldown_minutes = models.PositiveIntegerField(
        _("minutes until it may speak to the same visitor again"), default=60, validators=[MaxValueValidator(525_600)]
    )
    limit_per_visitor = models.PositiveSmallIntegerField(
        _("times per visitor at most"), default=3, help_text=_("0: no limit.")
    )
    is_enabled = models.BooleanField(_("in use"), default=True)
    begins_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    created_at = models.DateTimeField(_("made"))
    changed_at = models.DateTimeField(_("changed"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-priority", "id"]
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        constraints = [
            models.UniqueConstraint(fields=["union", "ref"], name="rule_ref"),
            models.CheckConstraint(
                condition=Q(begins_at=None) | Q(ends_at=None) | Q(ends_at__gt=F("begins_at")), name="rule_forward"
            ),
        ]
        indexes = [models.Index(fields=["union", "store"], name="rule_by_store")]

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """A rule spoke to a visitor. Of visitors who did not agree to be recognised only that it happened is kept."""

    class State(models.TextChoices):
        SHOWN = "shown", _("shown")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="invitations")
    ref = models.CharField(max_length=40)
    visitor = models.CharField(_("visitor"), max_length=64, blank=True)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.SHOWN)
    why = models.JSONField(_("why"), default=dict, blank=True)
    conversation = models.ForeignKey(
        Conversation, null=True, blank=True, on_delete=models.SET_NULL, related_name="invitations"
    )
    shown_at = models.DateTimeField(_("shown"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(fields=["union", "ref"], name="invitation_ref"),
            models.CheckConstraint(
                condition=Q(state="shown", answered_at=None) | ~Q(state="shown") & Q(answered_at__isnull=False),
                name="invitation_answered",
            ),
        ]
        indexes = [models.Index(fields=["rule", "shown_at"], name="invitation_of_rule")]

    def __str__(self) -> str:
        return f"{self.rule} {self.shown_at:%Y-%m-%d %H:%M}"
