"""The union's own tree of goods and its tax classes."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.errors import Invalid
from stores.models import Category, TaxClass
from stores.services.catalogue.categories import check_parent, save_category
from unions.admin.columns import percent
from unions.admin.office import Who
from unions.admin.translated import TranslatedAdmin, TranslatedForm


class CategoryForm(TranslatedForm):
    """Says beside the field what the service would refuse."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        union = self.instance.union if self.instance.pk else cleaned.get("union")
        if union is not None and "parent" in cleaned:
            category = self.instance if self.instance.pk else None
            try:
                check_parent(union=union, parent=cleaned["parent"], category=category)
            except Invalid as refusal:
                self.add_error("parent", str(refusal.detail))
        return cleaned


@admin.register(Category)
class CategoryAdmin(TranslatedAdmin):
    added_by = changed_by = deleted_by = Who.OFFICE
    form = CategoryForm
    texts = ("name",)
    list_display = ("tree_name", "slug", "goods", "position")
    list_select_related = ("parent",)
    search_fields = ("name", "slug")
    ordering = ("union", "position", "name")
    autocomplete_fields = ("parent",)
    fieldsets = ((None, {"fields": ("union", ("name", "slug"), ("parent", "position"))}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        return super().get_queryset(request).annotate(goods_total=Count("products"))

    @display(description=_("category"), ordering="name")
    def tree_name(self, category: Category) -> str:
        above = f"{category.parent.name} › " if category.parent else ""
        return above + category.name

    @display(description=_("goods"), ordering="goods_total")
    def goods(self, category: Any) -> int:
        return category.goods_total

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The service also brings the ancestors of all below up to date."""
        save_category(
            union=obj.union,
            name=obj.name,
            slug=obj.slug,
            parent=obj.parent,
            position=obj.position,
            translations=obj.translations,
            category=obj,
        )


@admin.register(TaxClass)
class TaxClassAdmin(TranslatedAdmin):
    added_by = changed_by = deleted_by = Who.OFFICE
    texts = ("name",)
    list_display = ("name", "code", "rate")
    search_fields = ("name", "code")
    fieldsets = (
        (
            None,
            {
                "fields": ("union", ("name", "code"), "rate_bp"),
                "description": _("Prices include the tax. A new rate counts for orders placed from now on."),
            },
        ),
    )

    rate = percent("rate_bp", _("rate"))
