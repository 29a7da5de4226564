"""A file with everything that is kept of a person, made for that person."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from unions.models.storage import personal_storage


class PersonalFile(models.Model):
    """Asked for, made part by part, there for a week. One at a time per person is waiting or being made."""

    class State(models.TextChoices):
        ASKED = "asked", _("waiting")
        MAKING = "making", _("being made")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")
        GONE = "gone", _("gone")

    OPEN = (State.ASKED, State.MAKING)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="personal_files")
    key = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    done = models.PositiveSmallIntegerField(default=0)
    parts = models.PositiveSmallIntegerField(default=0)
    file = models.FileField(storage=personal_storage, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    asked_at = models.DateTimeField()
    worked_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(state__in=["asked", "making"]), name="personal_file_one_at_a_time"
            )
        ]
        indexes = [models.Index(fields=["expires_at"], condition=~Q(state="gone"), name="personal_file_to_remove")]

    def __str__(self) -> str:
        return f"{self.state} {self.done}/{self.parts}"
