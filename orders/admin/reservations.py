"""Reservations with their timeline, and who or what is reserved."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from orders.models import Reservation, ReservationChange, Resource, ResourceService
from orders.queries.bookables import title_of
from unions.admin.columns import linked, money, named, state
from unions.admin.office import OfficeAdmin, OwnFilter, ReadOnlyInline


class MoveInline(ReadOnlyInline):
    model = ReservationChange
    fields = ("at", "step", "starts_at", "side", "person", "note")
    readonly_fields = fields
    verbose_name_plural = _("timeline")
    person = named("actor", _("by"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReservationChange]:
        return super().get_queryset(request).select_related("actor")

    @display(description=_("step"))
    def step(self, change: ReservationChange) -> str:
        words = dict(Reservation.State.choices)
        came = words.get(change.from_state, "")
        return f"{came} → {words[change.to_state]}" if came else str(words[change.to_state])


@admin.register(Reservation)
class ReservationAdmin(OfficeAdmin):
    list_display = ("number", "starts_at", "store", "title", "name", "state_label")
    list_filter = (("state", ChoicesDropdownFilter), ("store", OwnFilter))
    list_filter_submit = True
    list_select_related = ("store",)
    search_fields = ("=number", "=email", "name", "title")
    date_hierarchy = "starts_at"
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("number", "state_label"), ("store_link", "resource_link"), ("starts_at", "ends_at"))}),
        (_("Customer"), {"fields": (("name", "email", "phone"), "note")}),
        (_("Service"), {"fields": (("title", "options"), ("price_text", "expires_at"), ("made_at", "changed_at"))}),
    )
    inlines = (MoveInline,)
    state_label = state()
    price_text = money("price", _("price"))
    store_link = linked("store", _("store"))
    resource_link = linked("resource", _("resource"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reservation]:
        return super().get_queryset(request).select_related("union", "store", "resource")


class DoesInline(ReadOnlyInline):
    model = ResourceService
    fields = ("what", "minutes")
    readonly_fields = fields
    verbose_name_plural = _("services")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ResourceService]:
        return super().get_queryset(request).select_related("bookable__product")

    @display(description=_("title"))
    def what(self, row: ResourceService) -> str:
        return title_of(row.bookable)

    @display(description=_("minutes it takes"))
    def minutes(self, row: ResourceService) -> int:
        return row.bookable.minutes


@admin.register(Resource)
class ResourceAdmin(OfficeAdmin):
    list_display = ("name", "store", "kind", "capacity", "is_active")
    list_filter = (("kind", ChoicesDropdownFilter), ("store", OwnFilter))
    list_filter_submit = True
    list_select_related = ("store",)
    search_fields = ("name",)
    ordering = ("-id",)
    fieldsets = ((None, {"fields": (("name", "kind"), "store_link", ("capacity", "own_hours", "is_active"))}),)
    inlines = (DoesInline,)
    store_link = linked("store", _("store"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Resource]:
        return super().get_queryset(request).select_related("union", "store")
