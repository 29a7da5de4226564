"""Stock and its movements: read here, changed by stores and orders only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from stores.models import StockLevel, StockMovement
from unions.admin.columns import named, state
from unions.admin.office import OfficeAdmin


class ReserveFilter(DropdownFilter):
    title = _("reserve")
    parameter_name = "reserve"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("low", _("running low")), ("out", _("none left"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StockLevel]) -> QuerySet[StockLevel]:
        if self.value() == "low":
            return queryset.filter(available__lte=F("low_at"), available__gt=0)
        return queryset.filter(available__lte=0) if self.value() == "out" else queryset


@admin.register(StockLevel)
class StockLevelAdmin(OfficeAdmin):
    list_display = ("sku", "product", "store", "on_hand", "held", "available", "low_at")
    list_filter = (ReserveFilter,)
    list_select_related = ("variant__product__store",)
    search_fields = ("variant__sku", "variant__product__title", "variant__store__name")
    ordering = ("variant_id",)
    fields = (("sku", "product"), "store", ("on_hand", "held", "available"), "low_at", "union")

    @display(description=_("stock keeping unit"), ordering="variant__sku")
    def sku(self, level: StockLevel) -> str:
        return level.variant.sku

    @display(description=_("product"), ordering="variant__product__title")
    def product(self, level: StockLevel) -> str:
        return level.variant.product.title

    @display(description=_("store"), ordering="variant__store__name")
    def store(self, level: StockLevel) -> str:
        return level.variant.product.store.name


@admin.register(StockMovement)
class StockMovementAdmin(OfficeAdmin):
    list_display = ("at", "variant", "kind_label", "quantity", "held_change", "reference", "person")
    list_filter = (("kind", ChoicesDropdownFilter),)
    list_select_related = ("variant", "actor")
    search_fields = ("=variant__sku", "=reference")
    ordering = ("-id",)
    fields = (("at", "kind_label"), "product", ("quantity", "held_change"), ("reference", "reason"), "person", "union")

    kind_label = state(
        "kind",
        _("kind"),
        {"received": "success", "returned": "success", "sold": "info", "taken_out": "warning", "adjusted": "warning"},
    )

    person = named("actor", _("by"))

    @display(description=_("product"))
    def product(self, movement: StockMovement) -> str:
        return f"{movement.variant.product.title} ({movement.variant.sku})"
