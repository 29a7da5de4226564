"""A shopper's wish, and the stores that it was called to."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_scopes import ScopedManager

from matching.models.limits import MOST_PIECES
from unions.models import SignalCode, Union


class MatchRequest(models.Model):
    """A wish: open, selecting, used; expired, cancelled.

    Answers come in while it is open, until `answers_until`; then the shopper chooses among those that still hold.
    `visitor` is the browser of a shopper without account, as in conversations. `budget` is for all pieces together, in
    minor units of `currency`. `latitude` and `longitude` are where the shopper wants it; what shops learn of them is
    rounded to about a kilometre. `stores` are the ids of those that were called, also of other unions: one array and
    not a row for each, because a hundred wishes a second to a thousand shops would be a hundred thousand rows.
    `classes` are the code and those above it, or `*` for a wish without one: by them a store finds its calls, and by
    `stores` those that were for chosen ones.
    `pictures` are the names of those it came with, in the same array for the same reason; the files lie where no web
    server looks (services/picturing.py). `is_watched`: nothing was answered, and the shopper wants to hear when
    something fitting is in stock; told once, at `told_at`, it is watched no longer.
    A wish of an account names neither browser nor address: both are the account's, and go when it goes.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        SELECTING = "selecting", _("choosing")
        USED = "used", _("used")
        EXPIRED = "expired", _("expired")
        CANCELLED = "cancelled", _("cancelled")

    class Condition(models.TextChoices):
        ANY = "any", _("new or used")
        NEW = "new", pgettext_lazy("of goods", "new")
        USED = "used", pgettext_lazy("of goods", "used")

    class Scope(models.TextChoices):
        CHOSEN = "chosen", _("chosen shops")
        UNION = "union", _("this union")
        NEAR = "near", _("this union and its neighbours")
        ALL = "all", _("all unions")

    LIVE = (State.OPEN, State.SELECTING)
    ANYTHING = "*"

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="match_requests")
    ref = models.CharField(_("number"), max_length=24)
    key = models.CharField(max_length=80, blank=True, help_text=_("Of the press that made it: it makes one only."))
    visitor = models.CharField(max_length=64, blank=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="match_requests"
    )
    email = models.EmailField(_("e-mail address"), blank=True)
    language = models.CharField(_("language"), max_length=12)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    words = models.CharField(_("wish"), max_length=300)
    code = models.ForeignKey(
        SignalCode, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("signal code")
    )
    quantity = models.PositiveIntegerField(
        _("quantity"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_PIECES)]
    )
    budget = models.PositiveBigIntegerField(_("budget for all of it"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    condition = models.CharField(_("new or used"), max_length=5, choices=Condition.choices, default=Condition.ANY)
    place = models.CharField(_("place"), max_length=120, blank=True)
    latitude = models.FloatField(
        _("latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    reach_km = models.PositiveIntegerField(_("shops within, km"), null=True, blank=True)
    wanted_by = models.DateTimeField(_("wanted by"), null=True, blank=True)
    scope = models.CharField(_("goes to"), max_length=7, choices=Scope.choices, default=Scope.UNION)
    asked_at = models.DateTimeField(_("asked"))
    answers_until = models.DateTimeField(_("answers until"))
    expires_at = models.DateTimeField(_("to be chosen until"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    stores = ArrayField(models.BigIntegerField(), default=list, verbose_name=_("stores called"))
    classes = ArrayField(models.CharField(max_length=24), default=list, editable=False)
    is_watched = models.BooleanField(_("to be told when something fitting is laid in"), default=False)
    told_at = models.DateTimeField(null=True, blank=True, editable=False)
    pictures = ArrayField(models.CharField(max_length=40), default=list, db_default=[], editable=False)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("match request")
        verbose_name_plural = _("match requests")
        constraints = [
            models.UniqueConstraint(fields=["union", "ref"], name="match_request_ref"),
            models.UniqueConstraint(fields=["union", "key"], condition=~Q(key=""), name="match_request_key_once"),
            models.CheckConstraint(condition=Q(quantity__range=(1, MOST_PIECES)), name="match_request_of_something"),
            models.CheckConstraint(
                condition=Q(answers_until__gt=F("asked_at"), expires_at__gte=F("answers_until")),
                name="match_request_forward",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "selecting"], ended_at=None)
                | (~Q(state__in=["open", "selecting"]) & Q(ended_at__isnull=False)),
                name="match_request_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], condition=Q(user__isnull=False), name="match_request_by_user"),
            models.Index(fields=["visitor", "-id"], condition=~Q(visitor=""), name="match_request_by_visitor"),
            models.Index(fields=["union", "asked_at"], name="match_request_by_time"),
            GinIndex(fields=["classes"], condition=Q(state="open"), name="match_request_open_calls"),
            GinIndex(fields=["stores"], condition=Q(state="open", scope="chosen"), name="match_request_open_chosen"),
            models.Index(fields=["answers_until"], condition=Q(state="open"), name="match_request_to_close"),
            models.Index(fields=["expires_at"], condition=Q(state="selecting"), name="match_request_to_expire"),
            models.Index(fields=["union", "id"], condition=Q(is_watched=True), name="match_request_watched"),
            BrinIndex(fields=["asked_at"], name="match_request_of_day"),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def rough_place(self) -> dict[str, float] | None:
        """Where the shopper wants it, as stores learn it: rounded to about a kilometre."""
        if self.latitude is None or self.longitude is None:
            return None
        return {"latitude": round(self.latitude, 2), "longitude": round(self.longitude, 2)}
