"""What customers have brought before the union, all other responses to read, figures by store, and the service time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from orders.models import CustomerResponse, ResponseEntry, ResponseTerms, Voice
from orders.presenting.response_figures import days_chart, figures_shown
from orders.presenting.responses import clock_words, first_words
from orders.queries.response_figures import response_figures, responses_by_day
from orders.services.responses import answer_response, hand_back, note_response, resolve_response
from unions.admin.choosing import ask_union, union_chosen
from unions.admin.columns import badge, linked, named, state
from unions.admin.looks import PersonalAdmin
from unions.admin.moves import Move, MovingAdmin
from unions.admin.office import OfficeAdmin, OwnFilter, ReadOnlyInline, Who
from unions.models import Look

State, Kind = CustomerResponse.State, CustomerResponse.Kind
COLOURS = {State.RECEIVED: "info", State.REOPENED: "warning", State.ESCALATED: "danger", State.RESOLVED: "success"}
DAYS = (7, 30, 90)


class WordsForm(forms.Form):
    """What the union says; customer and store read it."""

    words = forms.CharField(label=_("Words"), max_length=4000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}))

    def __init__(self, *args: Any, thing: CustomerResponse, **options: Any) -> None:
        super().__init__(*args, **options)


def _answer(response: CustomerResponse, actor: Any, now: datetime, said: dict[str, Any]) -> None:
    answer_response(response=response, words=said["words"], voice=Voice.UNION, actor=actor, now=now)


def _resolve(response: CustomerResponse, actor: Any, now: datetime, said: dict[str, Any]) -> None:
    resolve_response(response=response, words=said["words"], voice=Voice.UNION, actor=actor, now=now)


def _hand_back(response: CustomerResponse, actor: Any, now: datetime, said: dict[str, Any]) -> None:
    hand_back(response=response, words=said["words"], actor=actor, now=now)


def _note(response: CustomerResponse, actor: Any, now: datetime, said: dict[str, Any]) -> None:
    note_response(response=response, words=said["words"], voice=Voice.UNION, actor=actor, now=now)


def _is_ours(response: CustomerResponse) -> bool:
    return response.state == State.ESCALATED


class EntryInline(ReadOnlyInline):
    model = ResponseEntry
    fields = ("at", "what", "person", "words", "is_internal")
    readonly_fields = fields
    verbose_name_plural = _("what was said and done")
    person = named("actor", _("by"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[ResponseEntry]:
        return super().get_queryset(request).select_related("actor").order_by("id")

    @display(description=_("step"))
    def what(self, entry: ResponseEntry) -> str:
        return f"{entry.get_voice_display()}: {entry.get_step_display()}"


@admin.register(CustomerResponse)
class CustomerResponseAdmin(PersonalAdmin, MovingAdmin):
    look_kind = Look.Kind.CUSTOMER
    list_display = ("number", "made_at", "kind", "title", "store", "who", "state_label", "clock")
    list_filter = (("state", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter), ("store", OwnFilter))
    list_filter_submit = True
    list_select_related = ("store", "union", "review")
    list_before_template = "admin/office/responses.html"
    search_fields = ("=number", "=email", "name", "words", "=order__number")
    date_hierarchy = "made_at"
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("number", "state_label", "clock"), ("kind", "store_link"), "words")}),
        (_("About"), {"fields": (("order_link", "product_link"), ("name", "email"), "assigned_name")}),
        (
            _("When"),
            {
                "fields": (
                    ("made_at", "due_at"),
                    ("first_answered_at", "resolved_at"),
                    ("escalated_at", "escalated_by"),
                    ("satisfaction", "satisfaction_words"),
                    "union",
                )
            },
        ),
    )
    inlines = (EntryInline,)
    state_label = state(colours={str(state): colour for state, colour in COLOURS.items()})
    store_link = linked("store", _("store"))
    order_link = linked("order", _("order"))
    product_link = linked("product", _("product"))
    assigned_name = named("assigned_to", _("who takes care of it"))
    moves = (
        Move("answer", _("Answer"), _("Customer and store read it."), _answer, _is_ours, form=WordsForm),
        Move("resolve", _("Decide and settle"), _("Say what was decided."), _resolve, _is_ours, form=WordsForm),
        Move(
            "hand_back",
            _("Hand back to the store"),
            _("The store’s time to answer begins anew."),
            _hand_back,
            _is_ours,
            form=WordsForm,
        ),
        Move("note", _("Note"), _("For store and union only."), _note, form=WordsForm),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[CustomerResponse]:
        rows = super().get_queryset(request)
        return rows.select_related("union", "store__membership", "order", "product", "review", "assigned_to")

    @display(description=_("words"))
    def title(self, response: CustomerResponse) -> str:
        return first_words(response)

    @display(description=_("customer"), ordering="name")
    def who(self, response: CustomerResponse) -> str:
        return response.name or response.email or "—"

    @display(description=_("clock"), ordering="due_at")
    def clock(self, response: CustomerResponse) -> SafeString | str:
        words, pressing = clock_words(response, now=timezone.now())
        if not words:
            return "—"
        return badge(words, {"late": "danger", "soon": "warning"}.get(pressing, ""))

    def get_urls(self) -> list[URLPattern]:
        figures = path("figures/", self.admin_site.admin_view(self.figures_view), name="response_figures")
        return [figures, *super().get_urls()]

    def figures_view(self, request: HttpRequest) -> HttpResponse:
        """How quickly and how well the union's stores answer."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        title = _("How customers are answered")
        union = union_chosen(request, runs=False)
        if union is None:
            return ask_union(request, self, title, runs=False)
        wished = request.GET.get("days", "30")
        days = int(wished) if wished in {str(choice) for choice in DAYS} else 30
        now = timezone.now()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "union": union,
            "days": days,
            "choices": DAYS,
            "rows": [figures_shown(each) for each in response_figures(union=union, now=now, days=days)],
            "chart": days_chart(responses_by_day(union=union, now=now, days=days)),
        }
        return TemplateResponse(request, "admin/office/response_figures.html", context)


@admin.register(ResponseTerms)
class ResponseTermsAdmin(OfficeAdmin):
    """What the union asks of its stores; a store's own promise is the store's."""

    added_by = changed_by = deleted_by = Who.OFFICE
    list_display = ("union_name", "answer_hours", "escalate_hours", "reopen_days")
    list_display_links = ("union_name",)
    list_select_related = ("union",)
    ordering = ("union",)
    fieldsets = ((None, {"fields": ("union", ("answer_hours", "escalate_hours", "reopen_days"))}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ResponseTerms]:
        return super().get_queryset(request).filter(store=None)

    @display(description=_("union"), ordering="union__name")
    def union_name(self, terms: ResponseTerms) -> str:
        return str(terms.union)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return list(self.list_display)
