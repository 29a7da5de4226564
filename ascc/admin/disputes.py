"""Disputes about a service: what both sides say and show, and the center's decision, which moves the money."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from ascc.admin.shared import center_by, private_file
from ascc.forms.center import DecisionForm
from ascc.models import Dispute, DisputeEvidence
from ascc.services.disputing import decide_dispute
from core.money import format_money
from unions.admin.columns import badge, link, named, once
from unions.admin.moves import Move, MovingAdmin
from unions.admin.office import ReadOnlyInline


class EvidenceInline(ReadOnlyInline):
    model = DisputeEvidence
    fields = ("at", "side", "person", "said", "file")
    readonly_fields = fields
    verbose_name_plural = _("what both sides say")
    person = named("actor", _("by"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[DisputeEvidence]:
        return super().get_queryset(request).select_related("actor")

    @display(description=_("in words"))
    def said(self, evidence: DisputeEvidence) -> SafeString:
        return format_html('<div class="office-said">{}</div>', evidence.words)

    @display(description=_("picture or paper"))
    def file(self, evidence: DisputeEvidence) -> SafeString | str:
        if not evidence.path:
            return "—"
        address = reverse("admin:ascc_dispute_file", args=[evidence.dispute_id, f"evidence-{evidence.pk}"])
        return format_html('<a class="office-link" href="{}">{}</a>', address, _("Look at it"))


def _decide(dispute: Dispute, actor: Any, now: datetime, told: dict[str, Any]) -> None:
    decide_dispute(
        dispute=dispute,
        by=center_by(actor, told["address"]),
        now=now,
        decision=told["decision"],
        granted=told["granted"],
        visit_counts=told["visit_counts"],
    )


@admin.register(Dispute)
class DisputeAdmin(MovingAdmin):
    list_display = ("service", "voucher_code", "provider_name", "opened_by", "opened_at", "state_text", "granted_text")
    list_filter = (("decided_at", admin.EmptyFieldListFilter),)
    list_filter_submit = True
    search_fields = ("=visit__ref", "=visit__voucher__code")
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("service", "state_text"), ("voucher_link", "provider_link"), ("opened_by", "opened_at"))}),
        (_("What is wrong"), {"fields": ("reason_text",)}),
        (_("The service"), {"fields": (("fee_text", "deductible_text"), "report_text", "parts_text", "pictures_text")}),
        (
            _("Decision"),
            {"fields": ("decision_text", ("granted_text", "counts_text"), ("decided_at", "decider"), "union")},
        ),
    )
    inlines = (EvidenceInline,)
    moves = (
        Move(
            "decide",
            _("Decide"),
            _("The decision moves the money at once and is told to both sides. It is final."),
            _decide,
            lambda dispute: dispute.decided_at is None,
            form=DecisionForm,
        ),
    )
    decider = named("decided_by", _("decided by"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dispute]:
        rows = super().get_queryset(request)
        return rows.select_related(
            "union", "decided_by", "visit__voucher__program__store", "visit__voucher__version", "visit__provider__store"
        )

    @display(description=_("service"), ordering="visit__ref")
    def service(self, dispute: Dispute) -> str:
        return dispute.visit.ref

    @display(description=_("voucher"))
    def voucher_code(self, dispute: Dispute) -> str:
        return dispute.visit.voucher.code

    @display(description=_("voucher"))
    def voucher_link(self, dispute: Dispute) -> Any:
        return link(dispute.visit.voucher)

    @display(description=_("service provider"))
    def provider_name(self, dispute: Dispute) -> str:
        return dispute.visit.provider.store.name

    @display(description=_("service provider"))
    def provider_link(self, dispute: Dispute) -> Any:
        return link(dispute.visit.provider, dispute.visit.provider.store.name)

    @display(description=_("state"), ordering="decided_at")
    def state_text(self, dispute: Dispute) -> SafeString:
        return (
            badge(_("waits for a decision"), "warning")
            if dispute.decided_at is None
            else badge(_("decided"), "success")
        )

    @display(description=_("paid to the provider"), ordering="granted")
    def granted_text(self, dispute: Dispute) -> str:
        return "—" if dispute.granted is None else format_money(dispute.granted, dispute.visit.voucher.currency)

    @display(description=_("visit counts"))
    def counts_text(self, dispute: Dispute) -> SafeString | str:
        if dispute.decided_at is None:
            return "—"
        return badge(_("yes"), "success") if dispute.visit_counts else badge(_("no"), "warning")

    @display(description=_("provider's fee"))
    def fee_text(self, dispute: Dispute) -> str:
        return format_money(dispute.visit.fee, dispute.visit.voucher.currency)

    @display(description=_("deductible"))
    def deductible_text(self, dispute: Dispute) -> str:
        return format_money(dispute.visit.deductible, dispute.visit.voucher.currency)

    @display(description=_("what is wrong"))
    def reason_text(self, dispute: Dispute) -> SafeString:
        return format_html('<div class="office-said">{}</div>', dispute.reason)

    @display(description=_("what was found and done"))
    def report_text(self, dispute: Dispute) -> SafeString | str:
        return format_html('<div class="office-said">{}</div>', dispute.visit.report) if dispute.visit.report else "—"

    @display(description=_("parts"))
    def parts_text(self, dispute: Dispute) -> str:
        currency = dispute.visit.voucher.currency
        parts = [
            f"{part['quantity']} × {part['name']} ({format_money(part['price'], currency)})"
            for part in dispute.visit.parts
        ]
        return ", ".join(parts) or "—"

    @display(description=_("decision"))
    def decision_text(self, dispute: Dispute) -> SafeString | str:
        return format_html('<div class="office-said">{}</div>', dispute.decision) if dispute.decision else "—"

    @display(description=_("photos of the work"))
    @once
    def pictures_text(self, dispute: Dispute) -> SafeString | str:
        rows = [
            (reverse("admin:ascc_dispute_file", args=[dispute.pk, f"work-{one.pk}"]), one.words or _("photo"))
            for one in dispute.visit.pictures.all()
        ]
        return format_html_join(", ", '<a class="office-link" href="{}">{}</a>', rows) or "—"

    def get_urls(self) -> list[URLPattern]:
        page = path(
            "<int:object_id>/files/<slug:name>/", self.admin_site.admin_view(self.file_view), name="ascc_dispute_file"
        )
        return [page, *super().get_urls()]

    def file_view(self, request: HttpRequest, object_id: int, name: str) -> HttpResponse:
        """A picture or paper of one side, or a photo of the work: `evidence-1`, `work-1`."""
        dispute = self.get_object(request, str(object_id))
        kind, _dash, number = name.partition("-")
        if dispute is None or not self.has_view_permission(request, dispute) or not number.isdecimal():
            raise Http404
        rows: Any = dispute.evidence if kind == "evidence" else dispute.visit.pictures
        path_kept = rows.filter(pk=int(number[:18])).values_list("path", flat=True).first()
        if not path_kept:
            raise Http404
        return private_file(path_kept)
