"""A room around one precious item: who is there, who presents it, who holds it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from chat.models.presence import Manager
from stores.models import Product, Store, Variant
from unions.models import Union


class Room(models.Model):
    """Many buyers, one representative, one item. The piece itself is held in the stock, under `room:<id>`."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="rooms")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="rooms")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="rooms")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="rooms")
    ref = models.CharField(_("number"), max_length=24)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    title = models.CharField(_("title"), max_length=120, blank=True)
    hold_minutes = models.PositiveSmallIntegerField(_("minutes that somebody may hold it"), default=5)
    presenter = models.ForeignKey(Manager, null=True, blank=True, on_delete=models.SET_NULL, related_name="rooms")
    holder = models.ForeignKey("RoomGuest", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    held_until = models.DateTimeField(null=True, blank=True)
    last_seq = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("room around an item")
        verbose_name_plural = _("rooms around items")
        constraints = [
            models.UniqueConstraint(fields=["union", "ref"], name="room_ref"),
            models.UniqueConstraint(
                fields=["union", "product"], condition=Q(state="open"), name="room_one_open_per_product"
            ),
            models.CheckConstraint(
                condition=Q(holder=None, held_until=None) | Q(holder__isnull=False, held_until__isnull=False),
                name="room_held_by_somebody",
            ),
            models.CheckConstraint(condition=Q(hold_minutes__range=(1, 60)), name="room_hold_minutes"),
        ]
        indexes = [models.Index(fields=["held_until"], condition=Q(held_until__isnull=False), name="room_hold_to_end")]

    def __str__(self) -> str:
        return self.title or self.ref


class RoomGuest(models.Model):
    """A shopper in a room; there as long as their page says so.

    Who has held the item rests: until `rests_until` they hold it again only if nobody else is there. `network` is where
    they came from, for some days: without an account a browser that has forgotten its cookies rests on by it.
    """

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="guests")
    visitor = models.CharField(max_length=64, blank=True)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    joined_at = models.DateTimeField(_("came"))
    seen_at = models.DateTimeField(_("last seen"))
    holds = models.PositiveIntegerField(_("times held"), default=0)
    rests_until = models.DateTimeField(null=True, blank=True)
    network = models.GenericIPAddressField(null=True, blank=True)
    bought_at = models.DateTimeField(_("went to buy"), null=True, blank=True)

    objects = ScopedManager(union="union")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["union", "room", "customer"], condition=Q(customer__isnull=False), name="room_guest_person"
            ),
            models.UniqueConstraint(
                fields=["union", "room", "visitor"], condition=Q(customer=None), name="room_guest_visitor"
            ),
            models.CheckConstraint(condition=~Q(visitor="") | Q(customer__isnull=False), name="room_guest_is_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.room_id}: {self.pk}"


class RoomWord(models.Model):
    """What the representative said to everybody in the room, in order."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="words")
    seq = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    text = models.CharField(max_length=1000)
    at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["room", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["union", "room", "seq"], name="room_word_seq"),
            models.CheckConstraint(condition=Q(seq__gt=0), name="room_word_seq_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.seq}: {self.text[:40]}"
