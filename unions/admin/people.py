"""Everyone who signs in, across unions: for the service center's administrator only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from unions.admin.columns import state
from unions.admin.office import OfficeAdmin, ReadOnlyInline, Who
from unions.models import UnionStaff


class PlaceInline(ReadOnlyInline):
    model = UnionStaff
    fields = ("union", "role_label")
    readonly_fields = fields
    verbose_name_plural = _("places in unions' offices")
    role_label = state("role", _("role"), {"admin": "primary", "support": "info"})

    def get_queryset(self, request: HttpRequest) -> QuerySet[UnionStaff]:
        return super().get_queryset(request).select_related("union")


@admin.register(User)
class PersonAdmin(OfficeAdmin):
    union_lookup = ""
    seen_by = changed_by = Who.CENTER
    list_display = ("name", "email", "language", "is_staff", "is_superuser", "is_active", "date_joined")
    list_filter = ("is_staff", "is_superuser", "is_active", "language")
    search_fields = ("name", "email", "phone")
    date_hierarchy = "date_joined"
    ordering = ("-date_joined",)
    fieldsets = (
        (None, {"fields": ("name", "email", ("phone", "language"))}),
        (_("Permissions"), {"fields": (("is_active", "is_staff", "is_superuser"),)}),
        (_("Since"), {"fields": (("date_joined", "last_login"),)}),
    )
    # A sign-in address is changed by its owner, who confirms the new one.
    readonly_fields = ("email", "date_joined", "last_login")
    inlines = (PlaceInline,)

    def unions_of(self, thing: Any) -> set[int]:
        return set()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Nobody locks themselves out."""
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "is_active", "is_staff", "is_superuser"] if obj == request.user else fields
