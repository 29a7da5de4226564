"""Customers as the union knows them."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from orders.models import Customer, Purchase
from unions.admin.columns import link, money
from unions.admin.looks import PersonalAdmin
from unions.admin.office import ReadOnlyInline
from unions.models import Look


class PurchaseInline(ReadOnlyInline):
    model = Purchase
    fields = ("page", "placed_at", "total_text", "origin")
    readonly_fields = fields
    verbose_name_plural = _("purchases")
    per_page = 25
    total_text = money("total", _("total"))

    @display(description=_("purchase"))
    def page(self, purchase: Purchase) -> SafeString | str:
        return link(purchase)


@admin.register(Customer)
class CustomerAdmin(PersonalAdmin):
    look_kind = Look.Kind.CUSTOMER
    list_display = ("name", "email", "city", "country", "purchases_made", "created_at")
    list_filter = ("country",)
    search_fields = ("name", "email", "=external_id", "phone")
    date_hierarchy = "created_at"
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("name", "email"), ("phone", "external_id"), ("created_at", "union"))}),
        (_("Address"), {"fields": (("line1", "line2"), ("city", "region"), ("postal_code", "country"))}),
    )
    inlines = (PurchaseInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        return super().get_queryset(request).select_related("union").annotate(purchases_total=Count("purchases"))

    @display(description=_("purchases"), ordering="purchases_total")
    def purchases_made(self, customer: Customer) -> int:
        return customer.purchases_total  # type: ignore[attr-defined]
