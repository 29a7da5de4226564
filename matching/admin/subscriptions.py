"""What the stores of a union want to be called for."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.localized import localized
from matching.models import Subscription
from unions.admin.columns import money
from unions.admin.office import OfficeAdmin, OwnFilter


def _currency(subscription: Any) -> str:
    return str(subscription.union.currency)


@admin.register(Subscription)
class SubscriptionAdmin(OfficeAdmin):
    list_display = ("store", "class_title", "code_text", "reach_km", "from_text", "to_text")
    list_filter = (("store", OwnFilter),)
    list_filter_submit = True
    list_select_related = ("store", "code")
    search_fields = ("store__name", "code__title")
    ordering = ("store__name", "code", "id")
    fieldsets = (
        (None, {"fields": ("store", ("class_title", "code_text"), ("reach_km", "from_text", "to_text"), "union")}),
    )
    from_text = money("budget_from", _("budget from"), currency=_currency)
    to_text = money("budget_to", _("budget to"), currency=_currency)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        return super().get_queryset(request).select_related("store", "code", "union")

    @display(description=_("kind"), ordering="code__title")
    def class_title(self, subscription: Subscription) -> str:
        return localized(subscription.code, "title")

    @display(description=_("signal code"), ordering="code")
    def code_text(self, subscription: Subscription) -> str:
        return str(subscription.code_id)
