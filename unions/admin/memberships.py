"""Applications and memberships: read with their papers, decided on with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from core.localized import localized
from unions.admin.columns import linked, named, state
from unions.admin.moves import Move, MovingAdmin
from unions.admin.office import ReadOnlyInline, Who
from unions.models import Membership, MembershipChange, MembershipPaper
from unions.services.membership import MOVES, approve, release, suspend


def _decide(service: Callable[..., Membership]) -> Callable[[Any, Any, datetime, str], Membership]:
    def run(membership: Membership, actor: Any, now: datetime, reason: str) -> Membership:
        return service(membership=membership, actor=actor, now=now, reason=reason)

    return run


def _fits(name: str) -> Callable[[Membership], bool]:
    return lambda membership: membership.state in MOVES[name][0]


class PaperInline(ReadOnlyInline):
    model = MembershipPaper
    fields = ("paper", "content_type", "size", "uploaded_at")
    readonly_fields = fields
    verbose_name_plural = _("papers handed in")

    @display(description=_("paper"))
    def paper(self, paper: MembershipPaper) -> SafeString:
        return format_html('<a class="office-link" href="{}">{}</a>', paper.file.url, paper.title or paper.file.name)


class ChangeInline(ReadOnlyInline):
    model = MembershipChange
    fields = ("at", "step", "person", "reason")
    readonly_fields = fields
    verbose_name_plural = _("history of this membership")
    person = named("actor", _("by"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[MembershipChange]:
        return super().get_queryset(request).select_related("actor")

    @display(description=_("step"))
    def step(self, change: MembershipChange) -> str:
        words = dict(Membership.State.choices)
        came = words.get(change.from_state, "")
        return f"{came} → {words[change.to_state]}" if came else str(words[change.to_state])


@admin.register(Membership)
class MembershipAdmin(MovingAdmin):
    changed_by = Who.OFFICE
    list_display = ("enterprise", "state_label", "store_name", "papers_count", "commission", "applied_at", "decided_at")
    list_filter = (("state", ChoicesDropdownFilter),)
    list_select_related = ("enterprise",)
    search_fields = ("enterprise__name", "enterprise__legal_name", "enterprise__registration_number", "store_name")
    date_hierarchy = "applied_at"
    fieldsets = (
        (None, {"fields": (("enterprise_link", "state_label"), ("applied_at", "decided_at"), "union")}),
        (
            _("The enterprise"),
            {"fields": (("legal_name", "registration"), ("business_class", "reach"), "registered_address")},
        ),
        (_("What it wrote"), {"fields": ("store_name", "message")}),
        (_("Commission"), {"fields": ("commission_bp",)}),
    )
    inlines = (PaperInline, ChangeInline)
    moves = (
        Move(
            "approve",
            _("Approve"),
            _("Let these enterprises in? Their stores may open, and their owners are told."),
            _decide(approve),
            _fits("approve"),
            asks_reason=True,
        ),
        Move(
            "suspend",
            _("Suspend"),
            _("Suspend these members? Their stores leave the pages at once; open orders go on."),
            _decide(suspend),
            _fits("suspend"),
            asks_reason=True,
            is_grave=True,
        ),
        Move(
            "release",
            _("Release or decline"),
            _("End these memberships, or decline these applications? Their stores leave the pages."),
            _decide(release),
            _fits("release"),
            asks_reason=True,
            is_grave=True,
        ),
    )

    # Only what was agreed with it is typed in; everything else of a membership is moved or was told by the member.
    readonly_fields = (
        "enterprise_link",
        "state_label",
        "applied_at",
        "decided_at",
        "legal_name",
        "registration",
        "business_class",
        "reach",
        "registered_address",
        "store_name",
        "message",
    )
    state_label = state()
    enterprise_link = linked("enterprise", _("enterprise"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        rows = super().get_queryset(request).select_related("enterprise__business_class", "union")
        return rows.annotate(papers_total=Count("papers"))

    @display(description=_("commission"), ordering="commission_bp")
    def commission(self, membership: Membership) -> str:
        return f"{membership.commission_rate / 100:g} %" + ("" if membership.commission_bp is None else " ★")

    @display(description=_("papers"), ordering="papers_total")
    def papers_count(self, membership: Any) -> int:
        return membership.papers_total

    @display(description=_("legal name"))
    def legal_name(self, membership: Membership) -> str:
        return membership.enterprise.legal_name

    @display(description=_("registration"))
    def registration(self, membership: Membership) -> str:
        enterprise = membership.enterprise
        return f"{enterprise.country} {enterprise.registration_number}"

    @display(description=_("business class"))
    def business_class(self, membership: Membership) -> str:
        found = membership.enterprise.business_class
        return f"{found.code} {localized(found, 'title')}" if found else "—"

    @display(description=_("reached at"))
    def reach(self, membership: Membership) -> str:
        enterprise = membership.enterprise
        return " · ".join(part for part in (enterprise.email, enterprise.phone) if part)

    @display(description=_("registered address"))
    def registered_address(self, membership: Membership) -> str:
        return membership.enterprise.address
