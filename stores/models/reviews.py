"""What shoppers say about a store or one of its products."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from stores.models.catalogue import Product
from stores.models.store import Store
from unions.models import Union


class Review(models.Model):
    """Stars from 1 to 5 with words. `order_number` shows that the writer has bought it."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="reviews")
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.CASCADE, related_name="reviews")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    author_name = models.CharField(_("shown name"), max_length=80)
    order_number = models.CharField(_("order"), max_length=24, blank=True)
    stars = models.PositiveSmallIntegerField(_("stars"))
    title = models.CharField(_("title"), max_length=120, blank=True)
    words = models.TextField(_("words"), blank=True)
    language = models.CharField(max_length=12, blank=True)
    is_visible = models.BooleanField(_("shown"), default=True)
    written_at = models.DateTimeField(_("written"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-written_at"]
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        indexes = [
            models.Index(fields=["union", "-written_at"], name="review_newest"),
            models.Index(fields=["store", "-written_at"], name="review_by_store"),
            models.Index(fields=["product", "-written_at"], name="review_by_product"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(stars__range=(1, 5)), name="review_one_to_five_stars"),
            models.UniqueConstraint(
                fields=["product", "author", "order_number"],
                condition=Q(author__isnull=False),
                nulls_distinct=False,
                name="review_once_per_purchase",
            ),
            models.UniqueConstraint(
                fields=["product", "order_number"],
                condition=Q(author=None) & ~Q(order_number=""),
                nulls_distinct=False,
                name="review_once_per_guests_purchase",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stars} {self.title}"
