"""The union itself: its face, its rules, its regions and its pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Field, Model
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from unions.admin.columns import percent
from unions.admin.office import Who
from unions.admin.translated import TranslatedAdmin, TranslatedForm
from unions.models import Union, UnionPage, UnionRegion

CENTER_DECIDES = ("slug", "prefix", "country", "currency", "domain", "address", "picture")
FROZEN = ("prefix", "currency")
"""Numbers and money that exist already were made with them."""


class RegionInline(TabularInline):
    model = UnionRegion
    fields = ("code", "name")
    extra = 0
    verbose_name = _("region")
    verbose_name_plural = _("regions")
    tab = True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        page = self.admin_site._registry[Union]
        return page.has_add_permission(request) if obj is None else page.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)


class UnionForm(TranslatedForm):
    """The first of the languages is the one in which the union's own texts are written: it stays first."""

    def clean_languages(self) -> list[str]:
        chosen = list(self.cleaned_data["languages"])
        own = (self.instance.languages or [""])[0] if self.instance.pk else ""
        return [own, *(code for code in chosen if code != own)] if own else chosen


@admin.register(Union)
class UnionPageAdmin(TranslatedAdmin):
    union_lookup = "pk"
    added_by = Who.CENTER
    changed_by = Who.OFFICE
    form = UnionForm
    texts = ("name", "tagline", "description")
    inlines = (RegionInline,)
    list_display = ("name", "slug", "country", "currency", "commission", "payout_period", "is_published")
    list_filter = ("is_published", ("payout_period", ChoicesDropdownFilter))
    search_fields = ("name", "slug", "regions__name", "regions__code")
    fieldsets = (
        (None, {"fields": ("name", "tagline", "description", "is_published")}),
        (_("Face"), {"fields": (("hue", "languages"), ("time_zone", "picture"), ("latitude", "longitude"))}),
        (_("Office"), {"fields": (("contact_email", "contact_phone"), "contact_address")}),
        (
            _("Money"),
            {
                "fields": (("commission_bp", "commission_tax_bp"), ("holding_days", "payout_period")),
                "description": _("100 basis points are 1 %. New rates count for orders placed from now on."),
            },
        ),
        (
            _("Personal data"),
            {"fields": (("browsing_kept_days", "looks_kept_days"), "people_kept_days")},
        ),
        (
            _("Addresses and numbers"),
            {
                "fields": (("slug", "prefix"), ("country", "currency"), ("domain", "address")),
                "description": _("The service center decides on these."),
            },
        ),
    )

    commission = percent("commission_bp", _("commission"))

    def unions_of(self, thing: Any) -> set[int]:
        return {thing.pk}

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        if obj is None:
            return []
        return list(FROZEN if self._may(request, Who.CENTER) else CENTER_DECIDES)

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "languages":
            return forms.MultipleChoiceField(
                label=capfirst(db_field.verbose_name),
                choices=settings.LANGUAGES,
                widget=UnfoldAdminCheckboxSelectMultipleWidget,
            )
        if db_field.name == "address":
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(UnionPage)
class PageAdmin(TranslatedAdmin):
    added_by = changed_by = deleted_by = Who.OFFICE
    texts = ("title", "body")
    list_display = ("title", "slug", "position", "is_published")
    list_filter = ("is_published",)
    search_fields = ("title", "slug", "body")
    fieldsets = ((None, {"fields": ("union", "title", "slug", "body", ("position", "is_published"))}),)
