"""Resources, free times and reservations as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from rest_framework import serializers

from core.api.money import MoneyField
from core.localized import localized
from orders.models import Reservation, Resource
from orders.queries.bookables import title_of
from orders.services.reservations import open_moves
from unions.queries import absolute_address

Shown = serializers.Serializer[Any]
STATES = "proposed, countered, confirmed; declined, expired, done, cancelled, no_show."


class ResourceFilterSerializer(Shown):
    """Whose resources."""

    store = serializers.CharField(required=False, max_length=60, help_text="A store's short name.")


class ServiceSerializer(Shown):
    """What can be reserved, and by what rules. Times are in minutes."""

    key = serializers.CharField()
    store = serializers.CharField(source="store.slug")
    product = serializers.CharField(source="product.slug", default=None, help_text="None for a visit to the store.")
    sku = serializers.CharField(source="variant.sku", default=None, help_text="Set where a variant has its own rules.")
    title = serializers.SerializerMethodField()
    minutes = serializers.IntegerField()
    step_minutes = serializers.IntegerField()
    notice_minutes = serializers.IntegerField()
    ahead_days = serializers.IntegerField()
    cancel_until_minutes = serializers.IntegerField()
    confirms_at_once = serializers.BooleanField()
    without_conversation = serializers.BooleanField()

    def get_title(self, bookable: Any) -> str:
        return title_of(bookable)


class ResourceSerializer(Shown):
    """Who or what is reserved."""

    key = serializers.CharField()
    store = serializers.CharField(source="store.slug")
    kind = serializers.CharField(help_text="person, room, chair or machine.")
    name = serializers.SerializerMethodField()
    capacity = serializers.IntegerField(help_text="How many reservations at a time.")
    services = serializers.SerializerMethodField()

    def get_name(self, resource: Resource) -> str:
        return localized(resource, "name")

    def get_services(self, resource: Resource) -> list[str]:
        """Keys of what it does."""
        return [row.bookable.key for row in resource.services.all() if row.bookable.is_active]


class SlotFilterSerializer(Shown):
    """For what, and on which days. Either `service` (a key) or `store` with `product` (short names)."""

    service = serializers.CharField(required=False, max_length=16)
    store = serializers.CharField(required=False, max_length=60)
    product = serializers.CharField(required=False, max_length=80)
    resource = serializers.CharField(required=False, max_length=16, help_text="Only this one; a resource's key.")
    to = serializers.DateField(required=False, help_text="The last day; at most 42 days after the first.")

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's own."""
        first = serializers.DateField(required=False, help_text="The first day; today unless told.")
        return {**super().get_fields(), "from": first}


class SlotSerializer(Shown):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    left = serializers.IntegerField(help_text="How many places are free.")
    resources = serializers.ListField(child=serializers.CharField(), help_text="Keys of those that are free.")


class SlotDaySerializer(Shown):
    date = serializers.DateField()
    slots = SlotSerializer(many=True)


class SlotsSerializer(Shown):
    """The free times of something, by day of the union's calendar."""

    service = ServiceSerializer()
    days = SlotDaySerializer(many=True)


class ReservationChangeSerializer(Shown):
    from_state = serializers.CharField()
    to_state = serializers.CharField()
    side = serializers.CharField(help_text="customer, store; empty when it lapsed.")
    note = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    at = serializers.DateTimeField()


class ReservationSerializer(Shown):
    """A time that is asked for or reserved. `next_actions` are what whoever asks can do with it now."""

    number = serializers.CharField()
    store = serializers.CharField(source="store.slug")
    service = serializers.CharField(source="bookable.key")
    product = serializers.CharField(source="product.slug", default=None)
    sku = serializers.CharField(source="variant.sku", default=None)
    title = serializers.CharField()
    options = serializers.CharField()
    resource = serializers.CharField(source="resource.key")
    resource_name = serializers.CharField(source="resource.name")
    state = serializers.CharField(help_text=STATES)
    proposed_by = serializers.CharField(help_text="Who spoke last: customer or store.")
    next_actions = serializers.SerializerMethodField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Until when an open proposal is held.")
    price = MoneyField()
    name = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    note = serializers.CharField()
    made_at = serializers.DateTimeField()
    page_url = serializers.SerializerMethodField(help_text="The shopper's page; who has the address may act for them.")
    changes = ReservationChangeSerializer(many=True)

    def get_next_actions(self, reservation: Reservation) -> list[str]:
        moves = open_moves(reservation=reservation, side=self.context["side"], now=timezone.now())
        return [move.replace("_", "-") for move in moves]

    def get_page_url(self, reservation: Reservation) -> str:
        keys = {"union": reservation.union.slug, "token": reservation.token}
        return absolute_address(reservation.union, reverse("orders:reservation", kwargs=keys))


class ReservationFilterSerializer(Shown):
    """What a list can be narrowed to."""

    state = serializers.ChoiceField(choices=Reservation.State.choices, required=False)
    store = serializers.CharField(required=False, max_length=60, help_text="A store's short name.")


class NewReservationSerializer(Shown):
    """A wish: `service` (a key) at `starts_at`. A customer's key says who comes; guests and stores tell it."""

    service = serializers.CharField(max_length=16)
    starts_at = serializers.DateTimeField()
    sku = serializers.CharField(required=False, default="", allow_blank=True, max_length=64)
    resource = serializers.CharField(required=False, default="", allow_blank=True, max_length=16)
    name = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)
    email = serializers.EmailField(required=False, default="", allow_blank=True)
    phone = serializers.CharField(required=False, default="", allow_blank=True, max_length=32)
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)
    agreed = serializers.BooleanField(required=False, default=False, help_text="By a store: confirmed at once.")


class NewTimeSerializer(Shown):
    """Another time."""

    starts_at = serializers.DateTimeField()
    resource = serializers.CharField(required=False, default="", allow_blank=True, max_length=16)
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)
    agreed = serializers.BooleanField(required=False, default=False, help_text="By a store: confirmed at once.")


class NoteSerializer(Shown):
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)
