"""What a store answers to a wish."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from matching.models.requests import MatchRequest
from orders.models import Bookable, PriceProposal, Reservation
from stores.models import Store, Variant
from unions.models import Union


class MatchResponse(models.Model):
    """An answer, binding until `valid_until`: offered, withdrawn, used, passed, lapsed; or declined.

    A store gives one answer to a wish and may change it until it is used; `version` counts that, so that a shopper
    never uses what has just changed. `price` is for one piece in minor units, tax included; `delivery` for bringing it.
    `way` says what using it makes: a cart line at that price, a reservation at `available_at`, or a conversation.
    Declined says that the store has nothing for it. `union` is the store's. `took_ms` is how long it took to answer.
    `keys` are the last ids under which it was sent: a program that sends one again, because it never heard of it,
    changes nothing.
    """

    class State(models.TextChoices):
        OFFERED = "offered", _("offered")
        WITHDRAWN = "withdrawn", _("withdrawn")
        USED = "used", _("used")
        PASSED = "passed", _("another was chosen")
        LAPSED = "lapsed", _("lapsed")
        DECLINED = "declined", _("nothing for it")

    class Way(models.TextChoices):
        CART = "cart", _("goods at a price")
        TIME = "time", _("a time")
        TALK = "talk", _("let us talk")

    class By(models.TextChoices):
        PERSON = "person", _("person")
        PROGRAM = "program", _("program")
        STOCK = "stock", _("stock")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+", db_index=False)
    request = models.ForeignKey(MatchRequest, on_delete=models.CASCADE, related_name="responses")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="match_responses", db_index=False)
    ref = models.CharField(_("number"), max_length=24)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OFFERED)
    version = models.PositiveIntegerField(default=1)
    by = models.CharField(_("answered by"), max_length=8, choices=By.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    way = models.CharField(_("leads to"), max_length=5, choices=Way.choices, default=Way.CART)
    title = models.CharField(_("what"), max_length=200)
    variant = models.ForeignKey(Variant, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    bookable = models.ForeignKey(Bookable, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    price = models.PositiveBigIntegerField(_("price of one"), null=True, blank=True)
    delivery = models.PositiveBigIntegerField(_("delivery"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    is_used_good = models.BooleanField(_("used good"), default=False)
    available_at = models.DateTimeField(_("available"), null=True, blank=True)
    words = models.CharField(_("words"), max_length=500, blank=True)
    picture = models.CharField(_("picture"), max_length=200, blank=True)
    valid_until = models.DateTimeField(_("holds until"))
    answered_at = models.DateTimeField(_("answered"))
    changed_at = models.DateTimeField(_("last change"))
    took_ms = models.PositiveIntegerField(_("answered within, ms"))
    proposal = models.ForeignKey(PriceProposal, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reservation = models.ForeignKey(Reservation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    conversation = models.CharField(max_length=64, blank=True)
    keys = ArrayField(models.CharField(max_length=80), default=list, db_default=[], editable=False)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("answer to a match request")
        verbose_name_plural = _("answers to match requests")
        constraints = [
            models.UniqueConstraint(fields=["union", "ref"], name="match_response_ref"),
            models.UniqueConstraint(fields=["union", "store", "request"], name="match_response_one_per_store"),
            # Without the union: stores of several unions may answer one wish.
            models.UniqueConstraint(fields=["request"], condition=Q(state="used"), name="match_response_used_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1, quantity__lte=999), name="match_response_of_something"),
            models.CheckConstraint(
                condition=~Q(way="cart") | Q(state="declined") | Q(price__isnull=False),
                name="match_response_names_a_price",
            ),
            models.CheckConstraint(
                condition=~Q(way="time") | Q(bookable__isnull=False, available_at__isnull=False),
                name="match_response_names_a_time",
            ),
            models.CheckConstraint(condition=Q(valid_until__gt=F("answered_at")), name="match_response_forward"),
        ]
        indexes = [
            models.Index(fields=["store", "-id"], name="match_response_by_store"),
            models.Index(fields=["valid_until"], condition=Q(state="offered"), name="match_response_to_lapse"),
            models.Index(fields=["changed_at"], condition=Q(state="used"), name="match_response_used_on"),
            BrinIndex(fields=["answered_at"], name="match_response_of_day"),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def total(self) -> int | None:
        """For all of it with delivery, in minor units; None where no price is named."""
        return None if self.price is None else self.price * self.quantity + (self.delivery or 0)
