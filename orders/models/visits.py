"""What visitors did by day, counted from the browsing record of those who agreed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from stores.models import Product, Store
from unions.models import Union


class VisitDay(models.Model):
    """Visitors of one store, or without a store of the union as a whole, on one day of the union's time zone.

    Each number is of visitors who came at least so far: seen ≥ in_cart ≥ checkout ≥ bought.
    """

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+", db_index=False)
    store = models.ForeignKey(Store, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField(_("day"))
    seen = models.PositiveIntegerField(_("saw something"), default=0)
    in_cart = models.PositiveIntegerField(_("put something in the cart"), default=0)
    checkout = models.PositiveIntegerField(_("went to the checkout"), default=0)
    bought = models.PositiveIntegerField(_("bought"), default=0)
    views = models.PositiveIntegerField(_("pages looked at"), default=0)
    seconds = models.PositiveBigIntegerField(_("seconds on them"), default=0)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["union", "day", "store"], nulls_distinct=False, name="visit_day_once"),
            models.CheckConstraint(
                condition=Q(seen__gte=F("in_cart"), in_cart__gte=F("checkout"), checkout__gte=F("bought")),
                name="visit_day_narrows",
            ),
        ]
        indexes = [models.Index(fields=["store", "day"], name="visit_day_of_store")]

    def __str__(self) -> str:
        return f"{self.store_id} {self.day}"


class GoodsDay(models.Model):
    """Visitors of one good on one day: who saw it, put it in the cart, bought it, and who left it in the cart."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+", db_index=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField(_("day"))
    seen = models.PositiveIntegerField(_("saw it"), default=0)
    in_cart = models.PositiveIntegerField(_("put it in the cart"), default=0)
    bought = models.PositiveIntegerField(_("bought it"), default=0)
    left = models.PositiveIntegerField(_("left it in the cart"), default=0)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["union", "day", "product"], name="goods_day_once")]
        indexes = [models.Index(fields=["store", "day"], name="goods_day_of_store")]

    def __str__(self) -> str:
        return f"{self.product_id} {self.day}"


class SearchDay(models.Model):
    """What was searched for in a union on one day, by how many visitors, how often, and how often in vain."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField(_("day"))
    words = models.CharField(_("words"), max_length=200)
    visitors = models.PositiveIntegerField(_("visitors"), default=0)
    times = models.PositiveIntegerField(_("times"), default=0)
    in_vain = models.PositiveIntegerField(_("found nothing"), default=0)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["union", "day", "words"], name="search_day_once")]

    def __str__(self) -> str:
        return f"{self.words} {self.day}"
