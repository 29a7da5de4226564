"""Who was sent where; written by the pages, read here."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from unions.admin.columns import state
from unions.admin.office import OfficeAdmin
from unions.models import Redirect


@admin.register(Redirect)
class RedirectAdmin(OfficeAdmin):
    list_display = ("at", "kind_label", "way", "target", "words", "business_class")
    list_filter = (("kind", ChoicesDropdownFilter), ("way", ChoicesDropdownFilter))
    search_fields = ("target", "words", "business_class")
    date_hierarchy = "at"
    ordering = ("-at",)
    # Which person it was is nobody's business in an office.
    fields = (("at", "union"), ("kind", "way"), "target", ("words", "business_class"))

    kind_label = state("kind", _("kind"), {"to_union": "info", "to_union_elsewhere": "warning", "to_store": "success"})
