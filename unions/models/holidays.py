"""Days on which a union's street rests."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from unions.models.union import Union


class UnionHoliday(models.Model):
    """A day that is no working day in the union: a public holiday that its office took over, or one of its own.

    Stores are offered it as a closed day; deadlines that are counted in working days leave it out.
    """

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="holidays")
    date = models.DateField(_("date"))
    name = models.CharField(_("name"), max_length=120)
    translations = models.JSONField(_("translations"), default=dict, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["date"]
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        constraints = [
            models.UniqueConstraint(
                fields=["union", "date"],
                name="union_holiday_once",
                violation_error_message=_("This day is a holiday of the union already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.date}: {self.name}"
