"""Figures by day, kept so that a page of figures reads some hundred rows and not all orders.

A day is that of the union's time zone, and everything stands on the day of the sale: what is called off, comes back, is
refunded or arrives later changes the day on which it was sold. A worker counts touched days anew from the orders and
their credit notes, so that counting twice, or too often, changes nothing: orders/services/figures.py.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from stores.models import Product, Store
from unions.models import Union


class StoreDay(models.Model):
    """What a store sold on one day, and what became of it. Amounts in minor units of the union's currency.

    `orders` are those that were paid and not cancelled, also by state (`paid` … `completed`), `exchanges` those of
    them that were sent for something that came back, at no charge; `cancelled` those that were cancelled after they
    were paid. `gross` is what they came to at the sale (an exchange: the paid bill over the difference), `taken_back`
    what their credit notes give back of it, goods and delivery; `pieces` and `pieces_back` what was sold and what of
    it was called off or came back, with or without the money. `commission` is what the union takes of the rest, its
    tax left out. Of what has arrived, `on_time` and `late` had a deadline, and all that `arrived` took
    `arrival_seconds` together.
    """

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+", db_index=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="sales_days", db_index=False)
    day = models.DateField(_("day"))
    orders = models.PositiveIntegerField(_("orders"))
    exchanges = models.PositiveIntegerField(_("exchanges"), default=0, db_default=0)
    pieces = models.PositiveBigIntegerField(_("pieces"))
    pieces_back = models.PositiveBigIntegerField(_("pieces called off or returned"))
    gross = models.BigIntegerField(_("sales"))
    taken_back = models.BigIntegerField(_("given back"))
    delivery = models.BigIntegerField(_("delivery"))
    commission = models.BigIntegerField(_("commission"))
    paid = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField()
    packed = models.PositiveIntegerField()
    shipped = models.PositiveIntegerField()
    delivered = models.PositiveIntegerField()
    completed = models.PositiveIntegerField()
    cancelled = models.PositiveIntegerField(_("cancelled"))
    on_time = models.PositiveIntegerField(_("in time"))
    late = models.PositiveIntegerField(_("late"))
    arrived = models.PositiveIntegerField()
    arrival_seconds = models.PositiveBigIntegerField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["store", "day"], name="store_day_once")]
        indexes = [models.Index(fields=["union", "day"], name="store_day_of_union")]

    def __str__(self) -> str:
        return f"{self.store_id} {self.day}"


class ProductDay(models.Model):
    """What of a product was sold on one day and kept: `pieces`, `back` those that are not; `net` is the money kept.

    Of pieces that came back for less than they had cost, or for something else, money is kept although they are not.
    Without a product: what has since been deleted, or was never in the catalogue.
    """

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+", db_index=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    product = models.ForeignKey(Product, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField(_("day"))
    pieces = models.PositiveBigIntegerField(_("pieces"))
    back = models.PositiveBigIntegerField(_("pieces called off or returned"))
    net = models.BigIntegerField(_("sales"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "day", "product"],
                include=["pieces", "back", "net"],
                nulls_distinct=False,
                name="product_day_once",
            )
        ]
        indexes = [
            # What sold lately of one product, without its other days.
            models.Index(fields=["product", "day"], include=["pieces"], name="product_day_of_product"),
            models.Index(
                fields=["union", "day"], include=["product", "pieces", "back", "net"], name="product_day_of_union"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.day}"


class ProductWeek(models.Model):
    """The sum of a product's days of one week, which begins with `week`, a Monday.

    A union's page sums thousands of goods over months: with weeks it reads a seventh of the rows.
    """

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+", db_index=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    product = models.ForeignKey(Product, null=True, on_delete=models.CASCADE, related_name="+")
    week = models.DateField(_("week"))
    pieces = models.PositiveBigIntegerField(_("pieces"))
    back = models.PositiveBigIntegerField(_("pieces called off or returned"))
    net = models.BigIntegerField(_("sales"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["week"]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "week", "product"],
                include=["pieces", "back", "net"],
                nulls_distinct=False,
                name="product_week_once",
            ),
            models.CheckConstraint(condition=models.Q(week__week_day=2), name="product_week_begins_on_monday"),
        ]
        indexes = [
            models.Index(
                fields=["union", "week"], include=["product", "pieces", "back", "net"], name="product_week_of_union"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.week}"


class TouchedDay(models.Model):
    """A store's day on which something changed since it was counted. Only added and taken away: nobody waits for it."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField(_("day"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.store_id} {self.day}"
