"""Suppliers that serve the whole union; those of a store are the store's own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.references import new_reference
from stores.models import Supplier
from unions.admin.office import OfficeAdmin, Who


@admin.register(Supplier)
class SupplierAdmin(OfficeAdmin):
    added_by = changed_by = deleted_by = Who.OFFICE
    list_display = ("name", "contact", "email", "lead_days", "is_active")
    search_fields = ("name", "contact", "email")
    ordering = ("name", "pk")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "union",
                    ("name", "is_active"),
                    ("contact", "phone"),
                    ("email", "lead_days"),
                    "address",
                    "terms",
                ),
                "description": _("Every store of the union may order here, each at its own prices."),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(store=None)

    def save_model(self, request: HttpRequest, obj: Supplier, form: Any, change: bool) -> None:
        """A new one gets the reference that stands in addresses."""
        obj.ref = obj.ref or new_reference("SU")
        super().save_model(request, obj, form, change)
