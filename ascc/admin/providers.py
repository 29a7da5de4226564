"""Stores that do after-sales service: let in, declined, suspended, released; their record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from ascc.admin.shared import COLOURS
from ascc.models import ProviderChange, ServiceProvider
from ascc.queries.desk import known_work
from ascc.services.providers import move_provider
from core.localized import localized
from core.money import format_money
from unions.admin.columns import linked, named, once, state
from unions.admin.moves import Move, MovingAdmin
from unions.admin.office import ReadOnlyInline

State = ServiceProvider.State


class ProviderChangeInline(ReadOnlyInline):
    model = ProviderChange
    fields = ("at", "step", "person", "reason")
    readonly_fields = fields
    verbose_name_plural = _("history of this provider")
    person = named("actor", _("by"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProviderChange]:
        return super().get_queryset(request).select_related("actor")

    @display(description=_("step"))
    def step(self, change: ProviderChange) -> str:
        words = dict(State.choices)
        came = words.get(change.from_state, "")
        return f"{came} → {words[change.to_state]}" if came else str(words[change.to_state])


def _to(target: str) -> Callable[[Any, Any, datetime, str], None]:
    def run(provider: ServiceProvider, actor: Any, now: datetime, reason: str) -> None:
        move_provider(provider=provider, to=target, actor=actor, now=now, reason=reason)

    return run


def _in(*states: str) -> Callable[[ServiceProvider], bool]:
    return lambda provider: provider.state in states


@admin.register(ServiceProvider)
class ServiceProviderAdmin(MovingAdmin):
    list_display = (
        "store_name",
        "state_label",
        "applied_at",
        "done",
        "punctual",
        "satisfaction",
        "minutes",
        "earnings",
    )
    list_filter = (("state", ChoicesDropdownFilter),)
    list_filter_submit = True
    list_select_related = ("store", "union")
    search_fields = ("=ref", "store__name")
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("store_link", "state_label"), ("ref", "reach_km"), ("applied_at", "decided_at"), "union")}),
        (_("What it wrote"), {"fields": ("about_text", "skills_text")}),
        (_("Its record"), {"fields": (("done", "punctual"), ("satisfaction", "minutes"), "earnings")}),
    )
    inlines = (ProviderChangeInline,)
    moves = (
        Move(
            "approve",
            _("Approve"),
            _("Let these stores do after-sales service? Customers can choose them from now on."),
            _to(State.APPROVED),
            _in(State.APPLIED),
            asks_reason=True,
        ),
        Move(
            "decline",
            _("Decline"),
            _("Decline these applications? The stores can apply again."),
            _to(State.DECLINED),
            _in(State.APPLIED),
            asks_reason=True,
            is_grave=True,
        ),
        Move(
            "suspend",
            _("Suspend"),
            _("Suspend these providers? Nobody can choose them; what they hold they may finish."),
            _to(State.SUSPENDED),
            _in(State.APPROVED),
            asks_reason=True,
            is_grave=True,
        ),
        Move(
            "release",
            _("Release from suspension"),
            _("Let customers choose these providers again?"),
            _to(State.APPROVED),
            _in(State.SUSPENDED),
            asks_reason=True,
        ),
    )
    state_label = state(colours=COLOURS)
    store_link = linked("store", _("store"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[ServiceProvider]:
        return super().get_queryset(request).select_related("store", "union").prefetch_related("skills")

    @display(description=_("store"), ordering="store__name")
    def store_name(self, provider: ServiceProvider) -> str:
        return provider.store.name

    @display(description=_("about its work"))
    def about_text(self, provider: ServiceProvider) -> SafeString | str:
        return format_html('<div class="office-said">{}</div>', provider.about) if provider.about else "—"

    @display(description=_("what it looks after"))
    @once
    def skills_text(self, provider: ServiceProvider) -> str:
        return ", ".join(localized(code, "title") for code in known_work(provider)) or "—"

    @display(description=_("on time"))
    def punctual(self, provider: ServiceProvider) -> str:
        return "—" if provider.on_time_percent is None else f"{provider.on_time_percent} %"

    @display(description=_("satisfaction"))
    def satisfaction(self, provider: ServiceProvider) -> str:
        return f"{provider.score:.1f} / 5 ({provider.score_count})" if provider.score else "—"

    @display(description=_("minutes to answer"))
    def minutes(self, provider: ServiceProvider) -> str:
        return str(provider.answer_seconds // provider.answers // 60) if provider.answers else "—"

    @display(description=_("earned with incentive vouchers"), ordering="earned")
    def earnings(self, provider: ServiceProvider) -> str:
        return format_money(provider.earned, provider.union.currency)
