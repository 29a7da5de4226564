"""Goods and services of the union's stores: stores write them, the office may take them out of the window."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from core.money import format_money
from stores.models import Product, Variant
from stores.services.catalogue import publish_product, unpublish_product
from unions.admin.columns import linked, money
from unions.admin.moves import Move, MovingAdmin
from unions.admin.office import OwnFilter, ReadOnlyInline


class VariantInline(ReadOnlyInline):
    model = Variant
    fields = ("sku", "options_text", "price_text", "available", "is_active")
    readonly_fields = fields
    verbose_name_plural = _("variants")
    price_text = money("price", _("price"), currency=lambda variant: variant.union.currency)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Variant]:
        return super().get_queryset(request).select_related("union", "stock")

    @display(description=_("options"))
    def options_text(self, variant: Variant) -> str:
        return variant.options_text or "—"

    @display(description=_("available"))
    def available(self, variant: Variant) -> str:
        if not variant.tracks_stock:
            return "∞"
        return str(variant.stock.available) if hasattr(variant, "stock") else "0"


def _publish(product: Product, actor: Any, now: datetime, reason: str) -> None:
    publish_product(product=product, actor=actor, now=now)


def _unpublish(product: Product, actor: Any, now: datetime, reason: str) -> None:
    unpublish_product(product=product, actor=actor, now=now)


@admin.register(Product)
class ProductAdmin(MovingAdmin):
    list_display = ("title", "store", "category", "prices", "in_stock_now", "is_published")
    list_filter = (
        "is_published",
        ("kind", ChoicesDropdownFilter),
        ("store", OwnFilter),
        ("category", OwnFilter),
    )
    list_filter_submit = True
    list_select_related = ("store", "category", "union")
    search_fields = ("title", "slug", "variants__sku")
    date_hierarchy = "created_at"
    fieldsets = (
        (None, {"fields": ("title", ("store_link", "category"), ("kind", "tax_class"), ("is_published", "prices"))}),
        (_("Texts"), {"fields": ("description", "tags", "union")}),
    )
    inlines = (VariantInline,)
    moves = (
        Move(
            "publish",
            _("Show to shoppers"),
            _("Put these goods into the window?"),
            _publish,
            lambda product: not product.is_published,
        ),
        Move(
            "unpublish",
            _("Take out of the window"),
            _("Take these goods out of the window? Their store can put them back."),
            _unpublish,
            lambda product: product.is_published,
            is_grave=True,
        ),
    )

    store_link = linked("store", _("store"))

    @display(description=_("price"), ordering="price_from")
    def prices(self, product: Product) -> str:
        currency = product.union.currency
        low = format_money(product.price_from, currency)
        return low if product.price_from == product.price_to else f"{low} – {format_money(product.price_to, currency)}"

    @display(description=_("in stock"), ordering="in_stock", boolean=True)
    def in_stock_now(self, product: Product) -> bool:
        return product.in_stock
