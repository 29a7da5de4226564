"""What stores want to be called for, and by which words a signal code is found."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from matching.models.limits import FARTHEST_KM
from stores.models import Store
from unions.models import SignalCode, Union


class Subscription(models.Model):
    """A store wants to be called for a signal code and all that is below it.

    `reach_km`: only for shoppers not farther away (empty: from anywhere). `budget_from`, `budget_to`: only for wishes
    whose budget for everything, in minor units of the union's currency, lies there; a wish without one always fits.
    """

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+", db_index=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="subscriptions")
    code = models.ForeignKey(
        SignalCode, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("signal code")
    )
    reach_km = models.PositiveIntegerField(
        _("within, km"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(FARTHEST_KM)],
    )
    budget_from = models.PositiveBigIntegerField(_("budget from"), null=True, blank=True)
    budget_to = models.PositiveBigIntegerField(_("budget to"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["code_id"]
        verbose_name = _("subscription to calls")
        verbose_name_plural = _("subscriptions to calls")
        constraints = [
            models.UniqueConstraint(fields=["union", "store", "code"], name="subscription_once"),
            models.CheckConstraint(condition=Q(reach_km__range=(1, FARTHEST_KM)), name="subscription_reach"),
            models.CheckConstraint(condition=Q(budget_to__gte=F("budget_from")), name="subscription_budget_forward"),
        ]
        indexes = [
            models.Index(
                fields=["code", "union"],
                include=["store", "reach_km", "budget_from", "budget_to"],
                name="subscription_called",
            )
        ]

    def __str__(self) -> str:
        return self.code_id


class CallSettings(models.Model):
    """How a store takes calls. Without a row: as the defaults say.

    `answers_itself`: what fits the words, the budget and the quantity is offered from the stock at its price, at once
    and without a person. `valid_minutes` is how long such an answer holds.
    """

    store = models.OneToOneField(Store, on_delete=models.CASCADE, primary_key=True, related_name="call_settings")
    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    takes_calls = models.BooleanField(_("takes calls"), default=True)
    only_open = models.BooleanField(_("only in opening hours"), default=False)
    most_a_day = models.PositiveIntegerField(
        _("at most a day"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100_000)]
    )
    answers_itself = models.BooleanField(_("answers from the stock by itself"), default=False)
    valid_minutes = models.PositiveIntegerField(
        _("such an answer holds, minutes"),
        default=60,
        validators=[MinValueValidator(5), MaxValueValidator(7 * 24 * 60)],
    )
    words = models.CharField(_("words with such an answer"), max_length=300, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("settings for calls")
        verbose_name_plural = _("settings for calls")

    def __str__(self) -> str:
        return str(self.store_id)


class SignalWord(models.Model):
    """A word, folded as the search folds it, by which a signal code is found; in every language of the tree.

    `weight` is higher the rarer the word is and the nearer it stands to the code itself.
    """

    word = models.CharField(max_length=60)
    code = models.ForeignKey(SignalCode, on_delete=models.CASCADE, related_name="words")
    weight = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["word", "code"], include=["weight"], name="signal_word_once")]

    def __str__(self) -> str:
        return self.word


class Weights(models.Model):
    """How much each part counts in a union's ranking of answers. Only their ratio matters; shoppers see them."""

    union = models.OneToOneField(Union, on_delete=models.CASCADE, primary_key=True, related_name="match_weights")
    price = models.PositiveSmallIntegerField(_("price"), default=40, validators=[MaxValueValidator(100)])
    distance = models.PositiveSmallIntegerField(_("distance"), default=20, validators=[MaxValueValidator(100)])
    time = models.PositiveSmallIntegerField(_("time"), default=15, validators=[MaxValueValidator(100)])
    rating = models.PositiveSmallIntegerField(_("rating"), default=15, validators=[MaxValueValidator(100)])
    speed = models.PositiveSmallIntegerField(_("speed of the answer"), default=10, validators=[MaxValueValidator(100)])

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("weights of the ranking")
        verbose_name_plural = _("weights of the ranking")

    def __str__(self) -> str:
        return str(self.union_id)
