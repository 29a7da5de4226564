"""Enterprises of the union. One may belong to several unions, so only the center corrects its particulars."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from unions.admin.columns import link, state
from unions.admin.office import OfficeAdmin, ReadOnlyInline, Who, office_of
from unions.models import Enterprise, EnterpriseMember, Membership


class OwnerInline(ReadOnlyInline):
    model = EnterpriseMember
    fields = ("person", "address", "role")
    readonly_fields = fields
    verbose_name_plural = _("people of the enterprise")

    def get_queryset(self, request: HttpRequest) -> QuerySet[EnterpriseMember]:
        return super().get_queryset(request).select_related("user")

    @display(description=_("person"))
    def person(self, member: EnterpriseMember) -> str:
        return member.user.get_full_name()

    @display(description=_("e-mail address"))
    def address(self, member: EnterpriseMember) -> str:
        return member.user.email


class MembershipInline(ReadOnlyInline):
    model = Membership
    fields = ("page", "state_label", "applied_at", "decided_at")
    readonly_fields = fields
    verbose_name_plural = _("memberships")
    state_label = state()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        rows = super().get_queryset(request).select_related("union", "enterprise")
        return office_of(request).limit(rows, "union")

    @display(description=_("union"))
    def page(self, membership: Membership) -> Any:
        return link(membership, membership.union.name)


@admin.register(Enterprise)
class EnterpriseAdmin(OfficeAdmin):
    union_lookup = "memberships__union"
    changed_by = Who.CENTER
    list_display = ("name", "legal_name", "registration_number", "country", "business_class", "email")
    list_filter = ("country",)
    list_select_related = ("business_class",)
    search_fields = ("name", "legal_name", "registration_number", "tax_number", "email")
    autocomplete_fields = ("business_class",)
    fieldsets = (
        (None, {"fields": (("name", "legal_name"), ("registration_number", "tax_number"), ("country", "address"))}),
        (_("Reached at"), {"fields": (("email", "phone"), "business_class")}),
    )
    inlines = (MembershipInline, OwnerInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Enterprise]:
        """By a sub-query: a join would show an enterprise once per membership."""
        office = office_of(request)
        rows = Enterprise.objects.all()
        if office.everywhere:
            return rows
        return rows.filter(Exists(Membership.objects.filter(enterprise=OuterRef("pk"), union__in=office.sees)))

    def unions_of(self, thing: Any) -> set[int]:
        return set(Membership.objects.filter(enterprise=thing).values_list("union_id", flat=True))
