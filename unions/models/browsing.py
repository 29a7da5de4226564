"""What visitors who agreed to it looked at."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from unions.models.union import Union


class BrowsingEvent(models.Model):
    """One event of a visitor. The table is partitioned by month (migration 0005); old months are dropped whole.

    `at` and `entry` are those of the Redis stream it came through, so that copying twice is copying once. `page` is
    within the union, `product` is `store/product`, `value` in minor units of the union's currency. The `words` of a
    checkout are the stores in the cart, those of a purchase its number.
    """

    class Kind(models.TextChoices):
        PAGE = "page", _("page")
        PRODUCT = "product", _("product")
        SEARCH = "search", _("search")
        CART = "cart", _("cart")
        REDIRECT = "redirect", _("redirect")
        DWELL = "dwell", _("time on a page")
        CHECKOUT = "checkout", _("checkout")
        PURCHASE = "purchase", _("purchase")

    pk = models.CompositePrimaryKey("at", "entry")
    at = models.DateTimeField(_("at"))
    entry = models.CharField(max_length=40)
    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    visitor = models.CharField(_("visitor"), max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    page = models.CharField(_("page"), max_length=300, blank=True)
    product = models.CharField(_("product"), max_length=160, blank=True)
    words = models.CharField(_("searched words"), max_length=200, blank=True)
    results = models.PositiveIntegerField(_("found"), null=True)
    value = models.PositiveBigIntegerField(_("value"), null=True)
    seconds = models.PositiveIntegerField(_("seconds"), null=True)

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("browsing event")
        verbose_name_plural = _("browsing record")
        indexes = [
            models.Index(fields=["union", "at"], name="browsing_by_union"),
            models.Index(fields=["visitor", "at"], name="browsing_of_visitor"),
            models.Index(fields=["user", "at"], condition=Q(user__isnull=False), name="browsing_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.page}"


class BrowsedDay(models.Model):
    """A day in a union's time zone of which something was copied or erased: what is counted by day is counted anew."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()

    objects = ScopedManager(union="union")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["union", "day"], name="browsed_day_once")]

    def __str__(self) -> str:
        return f"{self.union_id} {self.day}"
