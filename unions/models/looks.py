"""Who of the staff looked at what is personal, and when. Rows are added and, after a while, dropped; never changed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from unions.models.union import Union


class Look(models.Model):
    """One page with somebody's name or address on it, shown to one member of a store's or the union's staff.

    `entry` is the number of the stream's entry it came through: copying twice is copying once. `person` is whose data
    it was, where they have a sign-in; `place` the store or the office, as it was called then.
    """

    class Kind(models.TextChoices):
        ORDER = "order", _("order")
        PURCHASE = "purchase", _("purchase")
        CUSTOMER = "customer", _("customer")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+", db_index=False)
    entry = models.CharField(max_length=40)
    at = models.DateTimeField(_("at"))
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("who looked"),
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("whose data"),
    )
    kind = models.CharField(_("what"), max_length=8, choices=Kind.choices)
    reference = models.CharField(_("number"), max_length=80)
    place = models.CharField(_("store or office"), max_length=120)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-at"]
        verbose_name = _("look at personal data")
        verbose_name_plural = _("looks at personal data")
        constraints = [models.UniqueConstraint(fields=["union", "entry"], name="look_once")]
        indexes = [
            models.Index(fields=["union", "-at"], name="look_in_union"),
            models.Index(fields=["person", "-at"], condition=Q(person__isnull=False), name="look_at_person"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"
