"""Wishes of a union: what was asked for and what came of it, never who asked; figures and exports."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from core.localized import localized
from core.money import format_money
from core.tables import SHAPES, table_file
from matching.models import MatchRequest, MatchResponse
from matching.presenting.figures import calls_shown, span_asked, table_head
from matching.queries.figures import call_figures, days_for_table
from unions.admin.choosing import ask_union, union_chosen
from unions.admin.columns import money, state
from unions.admin.office import OfficeAdmin, ReadOnlyInline

REQUEST_COLOURS = {
    "open": "info",
    "selecting": "warning",
    "used": "success",
    "expired": "danger",
    "cancelled": "",
}
RESPONSE_COLOURS = {
    "offered": "info",
    "used": "success",
    "withdrawn": "warning",
    "passed": "",
    "lapsed": "",
    "declined": "danger",
}


class AnswerInline(ReadOnlyInline):
    """Answers of the union's own stores; those of other unions are their offices' business."""

    model = MatchResponse
    fk_name = "request"
    fields = ("store_name", "state_text", "title", "price_text", "by", "answered_at")
    readonly_fields = fields
    verbose_name_plural = _("answers")
    ordering = ("id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[MatchResponse]:
        rows = super().get_queryset(request).filter(union=F("request__union"))
        return rows.select_related("store", "request")

    @display(description=_("store"))
    def store_name(self, response: MatchResponse) -> str:
        return str(response.store.name)

    @display(description=_("state"))
    def state_text(self, response: MatchResponse) -> str:
        return str(response.get_state_display())

    @display(description=_("price of one"))
    def price_text(self, response: MatchResponse) -> str:
        return "—" if response.price is None else format_money(response.price, response.currency)


@admin.register(MatchRequest)
class MatchRequestAdmin(OfficeAdmin):
    paginator = InfinitePaginator
    list_display = ("asked_at", "words", "class_title", "state_badge", "budget_text", "called", "answered")
    list_filter = (("state", ChoicesDropdownFilter), ("scope", ChoicesDropdownFilter))
    list_filter_submit = True
    list_select_related = ("code",)
    list_before_template = "admin/office/wishes.html"
    search_fields = ("=ref", "words")
    ordering = ("-id",)
    fieldsets = (
        (
            None,
            {"fields": (("ref", "state_badge"), "words", ("class_title", "condition"), ("quantity", "budget_text"))},
        ),
        (
            _("Where and when"),
            {"fields": (("scope", "reach_km"), ("asked_at", "answers_until"), ("wanted_by", "ended_at"))},
        ),
        (_("Shops"), {"fields": ("called", "union")}),
    )  # fmt: skip
    inlines = (AnswerInline,)
    state_badge = state(colours=REQUEST_COLOURS)
    budget_text = money("budget", _("budget for all of it"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[MatchRequest]:
        answers = Q(responses__union=F("union")) & ~Q(responses__state=MatchResponse.State.DECLINED)
        rows = super().get_queryset(request).select_related("code", "union")
        return rows.defer("visitor", "email", "key").annotate(answers=Count("responses", filter=answers))

    @display(description=_("kind"))
    def class_title(self, wish: MatchRequest) -> str:
        return localized(wish.code, "title") if wish.code is not None else "—"

    @display(description=_("stores called"))
    def called(self, wish: MatchRequest) -> int:
        return len(wish.stores)

    @display(description=_("answers"), ordering="answers")
    def answered(self, wish: Any) -> int:
        return int(wish.answers)

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path("figures/", self.admin_site.admin_view(self.figures_view), name="matching_figures"),
            path("figures.<str:shape>", self.admin_site.admin_view(self.export_view), name="matching_export"),
        ]
        return [*pages, *super().get_urls()]

    def figures_view(self, request: HttpRequest) -> HttpResponse:
        """How the union's shops answer, and what nobody has."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        union = union_chosen(request, runs=False)
        if union is None:
            return ask_union(request, self, _("Figures of live matching"), runs=False)
        days = span_asked(request.GET.get("days", ""))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Figures of live matching"),
            "union": union,
            **calls_shown(call_figures(union, days=days, now=timezone.now()), union=union, days=days),
        }
        return TemplateResponse(request, "admin/office/match_figures.html", context)

    def export_view(self, request: HttpRequest, shape: str) -> HttpResponse | StreamingHttpResponse:
        """The same by store and day, for a spreadsheet."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if shape not in SHAPES:
            raise Http404
        union = union_chosen(request, runs=False)
        if union is None:
            return ask_union(request, self, _("Figures of live matching"), runs=False)
        days = span_asked(request.GET.get("days", ""))
        rows = list(days_for_table(union, days=days, now=timezone.now()))
        return table_file(request, name=f"{union.slug}-wishes", shape=shape, head=table_head(), rows=rows)
