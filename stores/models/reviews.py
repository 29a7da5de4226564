"""What shoppers say about a store or one of its products."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from stores.models.catalogue import Product
from stores.models.store import Store
from unions.models import Union


class Unfit(models.TextChoices):
    """Why something does not belong on the pages."""

    INSULT = "insult", _("insults somebody")
    PRIVATE = "private", _("tells what is private")
    ADVERT = "advert", _("advertises something")
    NOT_ABOUT = "not_about", _("is not about this")
    UNLAWFUL = "unlawful", _("breaks the law")
    OTHER = "other", _("something else")


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
    # Names it in addresses; rows of the release before get one too.
    ref = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    # Paths of drawn files, as pictures of goods have them: [{"path", "width", "height"}].
    pictures = models.JSONField(_("pictures"), default=list, db_default=[], blank=True)
    is_visible = models.BooleanField(_("shown"), default=True)
    hidden_for = models.CharField(
        _("hidden because"), max_length=12, choices=Unfit.choices, blank=True, default="", db_default=""
    )
    hidden_words = models.CharField(_("in words"), max_length=500, blank=True, default="", db_default="")
    answer = models.TextField(_("the store’s answer"), max_length=2000, blank=True, default="", db_default="")
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
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
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="review_answered_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stars} {self.title}"


class ReviewReport(models.Model):
    """Somebody says that a review does not belong on the pages; the union's office decides. One per person and review.

    `asker` is the account or a keyed hash of the network address: who reports is nobody else's business.
    """

    class Decision(models.TextChoices):
        OPEN = "", _("to be decided")
        KEPT = "kept", _("the review stays")
        HIDDEN = "hidden", _("the review was hidden")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="reports")
    asker = models.CharField(max_length=80, editable=False)
    reason = models.CharField(_("reason"), max_length=12, choices=Unfit.choices)
    words = models.CharField(_("words"), max_length=500, blank=True)
    reported_at = models.DateTimeField(_("reported"))
    decision = models.CharField(_("decision"), max_length=8, choices=Decision.choices, blank=True, default="")
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("report of a review")
        verbose_name_plural = _("reports of reviews")
        constraints = [
            models.UniqueConstraint(fields=["union", "review", "asker"], name="review_report_once"),
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True) | (~Q(decision="") & Q(decided_at__isnull=False)),
                name="review_report_decided_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["union", "review"], condition=Q(decision=""), name="review_report_open")]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}"
