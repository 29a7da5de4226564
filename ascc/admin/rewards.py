"""What customers thought of the work, with what looks unfair, and the incentive vouchers that follow."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from ascc.admin.shared import COLOURS, numbered
from ascc.models import Assessment, IncentiveVoucher
from core.references import normalise_reference
from unions.admin.columns import badge, link, money, state
from unions.admin.office import OfficeAdmin, OwnFilter

FLAGS = {
    "friends": _("customer and provider belong together"),
    "always_five": _("this customer always gives five to this provider"),
}


class FlagFilter(DropdownFilter):
    title = _("to be looked at")
    parameter_name = "flag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("any", _("anything")), *FLAGS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Assessment]) -> QuerySet[Assessment]:
        wanted = self.value()
        if wanted == "any":
            return queryset.exclude(flags=[])
        return queryset.filter(flags__contains=[wanted]) if wanted in FLAGS else queryset


def _assessments(rows: QuerySet[Assessment], words: str) -> QuerySet[Assessment]:
    """Of this voucher or redemption; else those in whose text the words stand, which are looked through one by one."""
    if not words:
        return rows
    if normalise_reference(words):
        return numbered(rows, words, "voucher__code", "redemption__ref")
    return rows.filter(words__icontains=words)


@admin.register(Assessment)
class AssessmentAdmin(OfficeAdmin):
    paginator = InfinitePaginator
    list_display = ("at", "stars", "voucher_code", "provider_name", "flags_text")
    list_filter = (FlagFilter, ("provider", OwnFilter))
    list_filter_submit = True
    search_fields = ("=voucher__code", "=redemption__ref", "words")
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("at", "stars"), ("voucher_link", "provider_link"), "flags_text")}),
        (_("Aspect by aspect"), {"fields": (("quality", "punctuality"), ("courtesy", "price"))}),
        (_("Words"), {"fields": ("words_text", "answer_text", "union")}),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Assessment], search_term: str
    ) -> tuple[QuerySet[Assessment], bool]:
        return _assessments(queryset, search_term.strip()), False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assessment]:
        return super().get_queryset(request).select_related("union", "voucher", "provider__store")

    @display(description=_("satisfaction"), ordering="score")
    def stars(self, assessment: Assessment) -> str:
        return f"{assessment.score / 100:.2f} / 5"

    @display(description=_("voucher"))
    def voucher_code(self, assessment: Assessment) -> str:
        return assessment.voucher.code

    @display(description=_("voucher"))
    def voucher_link(self, assessment: Assessment) -> Any:
        return link(assessment.voucher)

    @display(description=_("service provider"), ordering="provider__store__name")
    def provider_name(self, assessment: Assessment) -> str:
        return assessment.provider.store.name

    @display(description=_("service provider"))
    def provider_link(self, assessment: Assessment) -> Any:
        return link(assessment.provider, assessment.provider.store.name)

    @display(description=_("to be looked at"))
    def flags_text(self, assessment: Assessment) -> SafeString | str:
        badges = [(badge(FLAGS.get(flag, flag), "warning"),) for flag in assessment.flags]
        return format_html_join(" ", "{}", badges) or "—"

    @display(description=_("in words"))
    def words_text(self, assessment: Assessment) -> SafeString | str:
        return format_html('<div class="office-said">{}</div>', assessment.words) if assessment.words else "—"

    @display(description=_("answer of the provider"))
    def answer_text(self, assessment: Assessment) -> SafeString | str:
        return format_html('<div class="office-said">{}</div>', assessment.answer) if assessment.answer else "—"


@admin.register(IncentiveVoucher)
class IncentiveVoucherAdmin(OfficeAdmin):
    paginator = InfinitePaginator
    list_display = ("code", "issued_at", "voucher_code", "provider_name", "value_text", "state_label", "redeemed_at")
    list_filter = (("state", ChoicesDropdownFilter), ("provider", OwnFilter))
    list_filter_submit = True
    search_fields = ("=code", "=voucher__code")
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("code", "state_label"), ("voucher_link", "provider_link"), ("value_text", "paid_as"))}),
        (_("When"), {"fields": (("issued_at", "given_at"), ("redeemed_at", "expires_at"), "union")}),
    )
    state_label = state(colours=COLOURS)
    value_text = money("value", _("worth"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[IncentiveVoucher], search_term: str
    ) -> tuple[QuerySet[IncentiveVoucher], bool]:
        return numbered(queryset, search_term, "code", "voucher__code"), False

    def get_queryset(self, request: HttpRequest) -> QuerySet[IncentiveVoucher]:
        return super().get_queryset(request).select_related("union", "voucher", "provider__store")

    @display(description=_("voucher"))
    def voucher_code(self, incentive: IncentiveVoucher) -> str:
        return incentive.voucher.code

    @display(description=_("voucher"))
    def voucher_link(self, incentive: IncentiveVoucher) -> Any:
        return link(incentive.voucher)

    @display(description=_("service provider"), ordering="provider__store__name")
    def provider_name(self, incentive: IncentiveVoucher) -> str:
        return incentive.provider.store.name

    @display(description=_("service provider"))
    def provider_link(self, incentive: IncentiveVoucher) -> Any:
        return link(incentive.provider, incentive.provider.store.name)
