"""What a union's office puts up over the street: a market day, a holiday, a road that is closed."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from unions.models.union import Union

leads_somewhere = RegexValidator(
    r"^(https://[^\s/]+\S*|(?!/)(?![\w+.-]*:)[^\s\\]*)$",
    _("Give an address of the union such as search/?q=lamp, or a whole one that begins with https://"),
)


class UnionBanner(models.Model):
    """Shown on the union's home from `starts_at` until `ends_at` (never, if empty), the lowest position first.

    `link` is an address within the union (`search/?q=lamp`) or a whole one. `sizes` are those of its picture, as a
    product's picture has them.
    """

    class Tone(models.TextChoices):
        PLAIN = "plain", _("quiet")
        GLAD = "glad", _("festive")
        WARNING = "warning", _("important")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="banners")
    title = models.CharField(_("title"), max_length=120)
    words = models.CharField(_("words"), max_length=300, blank=True)
    link = models.CharField(
        _("leads to"),
        max_length=300,
        blank=True,
        validators=[leads_somewhere],
        help_text=_("An address of the union such as search/?q=lamp, or a whole one that begins with https://"),
    )
    link_words = models.CharField(_("words on its button"), max_length=60, blank=True)
    tone = models.CharField(_("tone"), max_length=8, choices=Tone.choices, default=Tone.PLAIN)
    sizes = models.JSONField(default=list, blank=True, editable=False)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_published = models.BooleanField(_("published"), default=True)
    translations = models.JSONField(_("translations"), default=dict, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("banner")
        verbose_name_plural = _("banners")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="union_banner_ends_after_it_starts",
                violation_error_message=_("It ends before it begins."),
            )
        ]
        indexes = [
            models.Index(fields=["union", "position"], condition=Q(is_published=True), name="union_banner_shown")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def leads_away(self) -> bool:
        return self.link.startswith("https://")
