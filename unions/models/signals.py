"""Signal codes: a tree of goods and services by which shops and providers say what they answer and do."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class SignalCode(models.Model):
    """One node of the tree, shared by all unions: `el` electronics, `el-4` phones. It knows the nodes above it."""

    code = models.CharField(_("code"), max_length=24, primary_key=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="children")
    title = models.CharField(_("title"), max_length=200)
    translations = models.JSONField(_("translations"), default=dict, blank=True)
    ancestors = ArrayField(
        models.CharField(max_length=24), default=list, help_text=_("Codes above this one and itself, top first.")
    )

    class Meta:
        ordering = ["code"]
        verbose_name = _("signal code")
        verbose_name_plural = _("signal codes")
        indexes = [GinIndex(fields=["ancestors"], name="signal_code_ancestors")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"
