"""Services that were done and paid for; from one of them the insurer is asked to take it over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from ascc.admin.shared import center_by, numbered
from ascc.forms.center import ClaimForm
from ascc.models import Claim, Redemption
from ascc.services.insuring import open_claim
from ascc.services.papers import paper_kept
from unions.admin.columns import badge, link, money
from unions.admin.moves import Move, MovingAdmin
from unions.admin.office import OwnFilter


def _claim(redemption: Redemption, actor: Any, now: datetime, told: dict[str, Any]) -> None:
    with paper_kept(union_id=redemption.union_id, title=told["title"], file=told["paper"]) as papers:
        open_claim(redemption=redemption, by=center_by(actor, told["address"]), now=now, papers=papers)


def _can_claim(redemption: Any) -> bool:
    insured = redemption.voucher.version.policy_id is not None and redemption.visit_id is not None
    return insured and redemption.undone_at is None and not redemption.has_claim


@admin.register(Redemption)
class RedemptionAdmin(MovingAdmin):
    paginator = InfinitePaginator
    list_display = ("ref", "at", "voucher_code", "provider_name", "number", "amount_text", "state_text")
    list_filter = (("provider", OwnFilter),)
    list_filter_submit = True
    search_fields = ("=ref", "=voucher__code", "=visit__ref")
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("ref", "state_text"), ("voucher_link", "provider_link"), ("number", "amount_text"))}),
        (_("The service"), {"fields": ("service", "report_text", ("at", "undone_at"), "union")}),
    )
    moves = (
        Move(
            "claim",
            _("Claim it from the insurer"),
            _("Ask the insurer of this program to take over what the service cost."),
            _claim,
            _can_claim,
            form=ClaimForm,
        ),
    )
    amount_text = money("amount", _("amount"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Redemption], search_term: str
    ) -> tuple[QuerySet[Redemption], bool]:
        return numbered(queryset, search_term, "ref", "voucher__code", "visit__ref"), False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Redemption]:
        claims = Claim.objects.filter(visit=OuterRef("visit"))
        rows = super().get_queryset(request).select_related("union", "voucher__version", "provider__store", "visit")
        return rows.annotate(has_claim=Exists(claims))

    @display(description=_("voucher"))
    def voucher_code(self, redemption: Redemption) -> str:
        return redemption.voucher.code

    @display(description=_("voucher"))
    def voucher_link(self, redemption: Redemption) -> Any:
        return link(redemption.voucher)

    @display(description=_("service provider"), ordering="provider__store__name")
    def provider_name(self, redemption: Redemption) -> str:
        return redemption.provider.store.name

    @display(description=_("service provider"))
    def provider_link(self, redemption: Redemption) -> Any:
        return link(redemption.provider, redemption.provider.store.name)

    @display(description=_("service"))
    def service(self, redemption: Redemption) -> str:
        return redemption.visit.ref if redemption.visit is not None else str(_("at the provider's till"))

    @display(description=_("what was found and done"))
    def report_text(self, redemption: Redemption) -> SafeString | str:
        if redemption.visit is None or not redemption.visit.report:
            return "—"
        return format_html('<div class="office-said">{}</div>', redemption.visit.report)

    @display(description=_("state"))
    def state_text(self, redemption: Any) -> SafeString:
        if redemption.undone_at is not None:
            return badge(_("undone"), "danger")
        return badge(_("claimed from the insurer"), "info") if redemption.has_claim else badge(_("paid"), "success")
