"""What people of the offices did."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from unions.models.union import Union


class AuditEntry(models.Model):
    """One thing that somebody added, changed, deleted or moved in the administration; never edited or removed.

    `union` is empty for what belongs to the service center. `changes` holds before and after of each changed field as
    the form showed them: `{"commission_bp": ["500", "450"]}`.
    """

    class Verb(models.TextChoices):
        ADDED = "added", _("added")
        CHANGED = "changed", _("changed")
        DELETED = "deleted", _("deleted")
        MOVED = "moved", _("moved")

    union = models.ForeignKey(Union, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("union"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("by")
    )
    verb = models.CharField(_("did"), max_length=8, choices=Verb.choices)
    kind = models.CharField(_("kind of thing"), max_length=60)
    thing = models.CharField(max_length=60)
    name = models.CharField(_("thing"), max_length=200)
    words = models.CharField(_("in words"), max_length=2200, blank=True)
    changes = models.JSONField(_("before and after"), default=dict)
    address = models.CharField(_("network address"), max_length=45, blank=True)
    at = models.DateTimeField(_("at"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("entry of the audit log")
        verbose_name_plural = _("audit log")
        indexes = [
            models.Index(fields=["union", "-id"], name="audit_of_union"),
            models.Index(fields=["kind", "thing", "-id"], name="audit_of_thing"),
        ]

    def __str__(self) -> str:
        return f"{self.get_verb_display()}: {self.name}"
