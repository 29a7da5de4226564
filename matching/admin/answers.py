"""Answers of a union's stores, to wishes of their own union and of others."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from matching.admin.wishes import RESPONSE_COLOURS
from matching.models import MatchResponse
from matching.presenting import took_text
from unions.admin.columns import money, state
from unions.admin.office import OfficeAdmin, OwnFilter


@admin.register(MatchResponse)
class MatchResponseAdmin(OfficeAdmin):
    paginator = InfinitePaginator
    list_display = ("answered_at", "store", "wish", "title", "price_text", "state_badge", "by", "took")
    list_filter = (("state", ChoicesDropdownFilter), ("by", ChoicesDropdownFilter), ("store", OwnFilter))
    list_filter_submit = True
    list_select_related = ("store", "request")
    search_fields = ("=ref", "title")
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("ref", "state_badge"), ("store", "wish"), ("title", "by"))}),
        (_("What was offered"), {"fields": (("way", "quantity"), ("price_text", "delivery_text"), "words")}),
        (_("When"), {"fields": (("answered_at", "took"), ("changed_at", "valid_until"), "union")}),
    )
    state_badge = state(colours=RESPONSE_COLOURS)
    price_text = money("price", _("price of one"))
    delivery_text = money("delivery", _("delivery"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[MatchResponse]:
        return super().get_queryset(request).select_related("store", "request", "union")

    @display(description=_("wish"))
    def wish(self, response: MatchResponse) -> str:
        return str(response.request.words)

    @display(description=_("answered"))
    def took(self, response: MatchResponse) -> str:
        return took_text(response.took_ms)
