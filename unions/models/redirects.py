"""Who was sent where: from the center to a union, from a union to a store. And the union a person calls home."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from unions.models.union import Union


class Redirect(models.Model):
    """One shopper carried onwards. `target` is a store's slug, or the address of a union elsewhere.

    Not scoped: the center's own redirects happen before a union is entered; every reader filters by union.
    """

    class Kind(models.TextChoices):
        TO_UNION = "to_union", _("center to union")
        TO_UNION_ELSEWHERE = "to_union_elsewhere", _("center to union on another deployment")
        TO_STORE = "to_store", _("union to store")

    class Way(models.TextChoices):
        REGION = "region", _("chosen region")
        PLACE = "place", _("place on the map")
        SEARCH = "search", _("search")
        LIST = "list", _("list")
        CLASS = "class", _("business class")
        REMEMBERED = "remembered", _("remembered")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="redirects")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    way = models.CharField(_("found by"), max_length=12, choices=Way.choices)
    target = models.CharField(_("target"), max_length=200)
    words = models.CharField(_("searched words"), max_length=200, blank=True)
    business_class = models.CharField(_("business class"), max_length=4, blank=True)
    visitor = models.CharField(_("visitor"), max_length=64, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("redirect")
        verbose_name_plural = _("redirects")
        indexes = [models.Index(fields=["union", "-at"], name="redirect_by_union")]

    def __str__(self) -> str:
        return f"{self.kind} {self.target}"


class HomeUnion(models.Model):
    """The union a signed-in person was last redirected to or chose; guests carry it in a cookie."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="home_union")
    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    chosen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user}: {self.union}"
