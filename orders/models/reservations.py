"""A time that is reserved, and every step on the way to it."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from orders.models.bookables import Bookable, Resource
from orders.models.sides import Side
from stores.models import Product, Store, Variant
from unions.models import Union


def only(name: str, kind: str) -> Func:
    """The column as a range of itself alone: ranges have a GiST class without the extension `btree_gist`."""
    return Func(F(name), F(name), Value("[]"), function=kind)


class Reservation(models.Model):
    """proposed, countered, confirmed; declined, expired, done, cancelled, no_show.

    `held` is the time with what is needed before and after it. While the state holds the time, no other reservation
    has the same place of the same resource: the database refuses it. `proposed_by` is the side that spoke last.
    `conversation` is a reference of whoever shows it in a conversation; nothing here reads it. `token` opens its page.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        COUNTERED = "countered", _("countered")
        CONFIRMED = "confirmed", _("confirmed")
        DECLINED = "declined", _("declined")
        EXPIRED = "expired", _("expired")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")
        NO_SHOW = "no_show", _("did not come")

    OPEN = (State.PROPOSED, State.COUNTERED)
    HOLDING = (State.PROPOSED, State.COUNTERED, State.CONFIRMED)

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="reservations")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="reservations")
    bookable = models.ForeignKey(Bookable, on_delete=models.PROTECT, related_name="reservations")
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="reservations")
    place = models.PositiveSmallIntegerField(_("place"), default=1)
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    variant = models.ForeignKey(Variant, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    number = models.CharField(_("number"), max_length=24)
    token = models.CharField(max_length=64, unique=True)
    key = models.CharField(max_length=80, blank=True, help_text=_("Of the request that made it: it makes one only."))
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    proposed_by = models.CharField(_("who spoke last"), max_length=8, choices=Side.choices)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    held = DateTimeRangeField(_("held"))
    expires_at = models.DateTimeField(_("held until"), null=True, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="reservations"
    )
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    title = models.CharField(_("title"), max_length=200)
    options = models.CharField(_("options"), max_length=200, blank=True)
    price = models.PositiveBigIntegerField(_("price in minor units"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    note = models.CharField(_("note"), max_length=500, blank=True)
    conversation = models.CharField(_("conversation"), max_length=64, blank=True)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    made_at = models.DateTimeField(_("made"))
    changed_at = models.DateTimeField(_("last change"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    day_told_at = models.DateTimeField(null=True, blank=True, editable=False)
    hour_told_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = [
            models.UniqueConstraint(fields=["union", "number"], name="reservation_number"),
            models.UniqueConstraint(fields=["union", "key"], condition=~Q(key=""), name="reservation_key_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="reservation_forward"),
            models.CheckConstraint(condition=Q(place__gte=1), name="reservation_place_counts_from_one"),
            models.CheckConstraint(
                condition=~Q(state__in=["proposed", "countered"]) | Q(expires_at__isnull=False),
                name="reservation_open_ends",
            ),
            ExclusionConstraint(
                name="reservation_no_double_booking",
                expressions=[
                    (only("resource", "int8range"), RangeOperators.OVERLAPS),
                    (only("place", "int4range"), RangeOperators.OVERLAPS),
                    ("held", RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=["proposed", "countered", "confirmed"]),
            ),
        ]
        indexes = [
            models.Index(fields=["store", "starts_at"], name="reservation_calendar"),
            models.Index(fields=["store", "state", "starts_at"], name="reservation_work_list"),
            models.Index(fields=["user", "-id"], name="reservation_by_user"),
            models.Index(fields=["conversation"], condition=~Q(conversation=""), name="reservation_conversation"),
            models.Index(
                fields=["expires_at"], condition=Q(state__in=["proposed", "countered"]), name="reservation_to_expire"
            ),
            models.Index(fields=["starts_at"], condition=Q(state="confirmed"), name="reservation_to_remind"),
        ]

    def __str__(self) -> str:
        return self.number


class ReservationChange(models.Model):
    """One step of a reservation: from where to where, by which side, for what time, with which words."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    reservation = models.ForeignKey(Reservation, on_delete=models.CASCADE, related_name="changes")
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10, choices=Reservation.State.choices)
    side = models.CharField(max_length=8, choices=Side.choices, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"
