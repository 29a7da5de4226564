"""A call between the two sides of a conversation. What is said in it goes from browser to browser and is never kept."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from chat.models.conversation import Conversation, Participant
from unions.models import Union


class Call(models.Model):
    """ringing, active, ended; missed or declined when nobody answered.

    A device is a page of a browser, named by itself: of several that ring, the one that answers holds the call.
    `caller_at` and `called_at` are when each side was last heard of.
    """

    class State(models.TextChoices):
        RINGING = "ringing", _("ringing")
        ACTIVE = "active", _("active")
        ENDED = "ended", _("ended")
        MISSED = "missed", _("missed")
        DECLINED = "declined", _("declined")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="calls")
    ref = models.CharField(max_length=24, unique=True)
    caller = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="calls_made")
    called = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="calls_taken")
    caller_device = models.CharField(max_length=40)
    called_device = models.CharField(max_length=40, blank=True)
    video = models.BooleanField(_("with picture"), default=False)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.RINGING)
    rang_at = models.DateTimeField(_("rang"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    caller_at = models.DateTimeField()
    called_at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        constraints = [
            models.UniqueConstraint(
                fields=["union", "conversation"], condition=Q(ended_at=None), name="call_one_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(caller=F("called")), name="call_of_two"),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(answered_at__isnull=False), name="call_active_was_answered"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["ringing", "active"], ended_at=None)
                | (~Q(state__in=["ringing", "active"]) & Q(ended_at__isnull=False)),
                name="call_over_has_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.rang_at:%H:%M}"
