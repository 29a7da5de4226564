"""Figures of calls by day, counted anew from wishes and answers for the last days: pages read nothing else."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from stores.models import Store
from unions.models import SignalCode, Union


class CallDay(models.Model):
    """One store's calls of one day in its union's time zone; each thing on the day on which it happened.

    `answered` counts answers that named something, `declined` those with nothing for it, `answer_ms` is what all that
    answered took together. `value`: what was won, in minor units of the union's currency.
    """

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+", db_index=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="call_days", db_index=False)
    day = models.DateField(_("day"))
    called = models.PositiveIntegerField(_("called"), default=0)
    answered = models.PositiveIntegerField(_("answered"), default=0)
    declined = models.PositiveIntegerField(_("nothing for it"), default=0)
    won = models.PositiveIntegerField(_("won"), default=0)
    answer_ms = models.PositiveBigIntegerField(default=0)
    value = models.PositiveBigIntegerField(_("value"), default=0)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["union", "store", "day"], name="call_day_once")]
        indexes = [models.Index(fields=["union", "day"], name="call_day_of_union")]

    def __str__(self) -> str:
        return f"{self.store_id} {self.day}"


class DemandDay(models.Model):
    """What was wished for in a union on one day: how often no shop was known, how often none answered.

    Who still waits for answers has not asked in vain. Without a code: wishes whose words meant none.
    """

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField(_("day"))
    code = models.ForeignKey(SignalCode, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    asked = models.PositiveIntegerField(_("asked"), default=0)
    uncalled = models.PositiveIntegerField(_("no shop known"), default=0)
    unanswered = models.PositiveIntegerField(_("no answer"), default=0)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["union", "day", "code"], nulls_distinct=False, name="demand_day_once")
        ]

    def __str__(self) -> str:
        return f"{self.code_id} {self.day}"
