"""Business classes: shared by all unions, so they are the center's."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from unions.admin.office import OfficeAdmin, Who
from unions.models import BusinessClass


@admin.register(BusinessClass)
class BusinessClassAdmin(OfficeAdmin):
    union_lookup = ""
    seen_by = changed_by = Who.CENTER
    list_display = ("code", "title", "level", "parent")
    list_filter = (("level", ChoicesDropdownFilter),)
    list_select_related = ("parent",)
    search_fields = ("code", "title")
    ordering = ("code",)
    fields = ("code", "level", "parent", "title", "translations")
    readonly_fields = ("code", "level", "parent")

    def unions_of(self, thing: Any) -> set[int]:
        return set()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)
