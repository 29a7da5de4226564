"""Business and profession classes after ISIC Rev.4, loaded from a file."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class BusinessClass(models.Model):
    """One node of the classification, shared by all unions: section `G`, division `47`, group `477`, class `4771`."""

    class Level(models.TextChoices):
        SECTION = "section", _("section")
        DIVISION = "division", _("division")
        GROUP = "group", _("group")
        CLASS = "class", _("class")

    code = models.CharField(_("code"), max_length=4, primary_key=True)
    level = models.CharField(_("level"), max_length=8, choices=Level.choices)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="children")
    title = models.CharField(_("title"), max_length=250)
    translations = models.JSONField(_("translations"), default=dict, blank=True)
    ancestors = ArrayField(
        models.CharField(max_length=4), default=list, help_text=_("Codes above this one and itself, top first.")
    )

    class Meta:
        ordering = ["code"]
        verbose_name = _("business class")
        verbose_name_plural = _("business classes")
        indexes = [GinIndex(fields=["ancestors"], name="business_class_ancestors")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"
