"""Earnings, payouts and the accounts they go to, and the daily proof that all of it agrees."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from core.errors import WrongState
from payments.models import CheckReport, Earning, Payout, PayoutAccount
from payments.services.settlement import retry_payout, send_payout
from unions.admin.columns import badge, linked, money, state
from unions.admin.moves import Move, MovingAdmin
from unions.admin.office import OfficeAdmin, ReadOnlyInline

State = Payout.State


class EarningInline(ReadOnlyInline):
    model = Earning
    fields = ("earned_at", "order", "kind", "gross_text", "commission_text", "tax_text", "net_text")
    readonly_fields = fields
    verbose_name_plural = _("earnings in this payout")
    per_page = 50
    gross_text = money("gross", _("gross"))
    commission_text = money("commission", _("commission"))
    tax_text = money("commission_tax", _("tax on commission"))
    net_text = money("net", _("net"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Earning]:
        return super().get_queryset(request).select_related("split")

    @display(description=_("order"))
    def order(self, earning: Earning) -> str:
        return earning.about


def _send(payout: Payout, actor: Any, now: datetime, reason: str) -> None:
    if payout.state != State.PENDING:
        raise WrongState(state=payout.state)
    send_payout(payout=payout, now=now)


def _retry(payout: Payout, actor: Any, now: datetime, reason: str) -> None:
    if payout.state != State.FAILED:
        raise WrongState(state=payout.state)
    send_payout(payout=retry_payout(payout=payout, now=now), now=now)


@admin.register(Payout)
class PayoutAdmin(MovingAdmin):
    list_display = (
        "number",
        "enterprise",
        "period_end",
        "amount_text",
        "state_label",
        "attempt",
        "failure_code",
        "paid_at",
    )
    list_filter = (("state", ChoicesDropdownFilter),)
    list_select_related = ("membership__enterprise",)
    search_fields = ("=number", "membership__enterprise__name")
    date_hierarchy = "period_end"
    fieldsets = (
        (
            None,
            {"fields": (("number", "state_label"), ("membership_link", "amount_text"), ("period_start", "period_end"))},
        ),
        (
            _("On its way"),
            {"fields": (("account_label", "attempt"), "failure_code", ("created_at", "sent_at", "paid_at"), "union")},
        ),
    )
    inlines = (EarningInline,)
    moves = (
        Move(
            "send",
            _("Pay now"),
            _("Hand these payouts to the bank now, without waiting for the next run?"),
            _send,
            lambda payout: payout.state == State.PENDING,
        ),
        Move(
            "retry",
            _("Try again"),
            _("Pay these failed payouts again, to the account that is verified now?"),
            _retry,
            lambda payout: payout.state == State.FAILED,
        ),
    )
    state_label = state()
    amount_text = money("amount", _("amount"))
    membership_link = linked("membership", _("membership"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payout]:
        return super().get_queryset(request).select_related("membership__enterprise", "account")

    @display(description=_("enterprise"), ordering="membership__enterprise__name")
    def enterprise(self, payout: Payout) -> str:
        return payout.membership.enterprise.name

    @display(description=_("to the account"))
    def account_label(self, payout: Payout) -> str:
        return f"{payout.account.label} ({payout.account.holder})" if payout.account else "—"


@admin.register(Earning)
class EarningAdmin(OfficeAdmin):
    list_display = ("earned_at", "order", "enterprise", "kind", "gross_text", "commission_text", "net_text", "payout")
    list_filter = (("kind", ChoicesDropdownFilter), ("payout", admin.EmptyFieldListFilter))
    list_select_related = ("membership__enterprise", "split", "payout")
    search_fields = ("=split__reference", "=memo", "membership__enterprise__name", "=payout__number")
    date_hierarchy = "earned_at"
    ordering = ("-earned_at", "-id")
    fields = (
        ("earned_at", "order"),
        ("enterprise", "kind"),
        ("gross_text", "net_text"),
        ("commission_text", "tax_text"),
        ("payout_link", "union"),
    )
    gross_text = money("gross", _("gross"))
    commission_text = money("commission", _("commission"))
    tax_text = money("commission_tax", _("tax on commission"))
    net_text = money("net", _("net"))
    payout_link = linked("payout", _("payout"))

    @display(description=_("order"), ordering="split__reference")
    def order(self, earning: Earning) -> str:
        return earning.about

    @display(description=_("enterprise"), ordering="membership__enterprise__name")
    def enterprise(self, earning: Earning) -> str:
        return earning.membership.enterprise.name


@admin.register(PayoutAccount)
class PayoutAccountAdmin(OfficeAdmin):
    list_display = ("label", "enterprise", "holder", "provider", "state_label", "verified_at")
    list_filter = (("state", ChoicesDropdownFilter),)
    list_select_related = ("membership__enterprise",)
    search_fields = ("label", "holder", "membership__enterprise__name")
    ordering = ("-id",)
    # The provider's token is nobody's to read.
    fields = (("label", "holder"), "enterprise", ("provider", "state_label"), ("verified_at", "created_at"), "union")
    state_label = state()

    @display(description=_("enterprise"), ordering="membership__enterprise__name")
    def enterprise(self, account: PayoutAccount) -> str:
        return account.membership.enterprise.name


class AgreesFilter(DropdownFilter):
    title = _("result")
    parameter_name = "agrees"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("with differences")), ("yes", _("all agrees"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CheckReport]) -> QuerySet[CheckReport]:
        if self.value() == "no":
            return queryset.exclude(differences=[])
        return queryset.filter(differences=[]) if self.value() == "yes" else queryset


@admin.register(CheckReport)
class CheckReportAdmin(OfficeAdmin):
    list_display = ("at", "result", "compared")
    list_filter = (AgreesFilter,)
    date_hierarchy = "at"
    ordering = ("-at",)
    fieldsets = (
        (None, {"fields": (("at", "result"), "union")}),
        (_("Differences"), {"fields": ("found",)}),
        (_("What was compared"), {"fields": ("counted_table",)}),
    )

    @display(description=_("result"))
    def result(self, report: CheckReport) -> SafeString:
        number = len(report.differences)
        if not number:
            return badge(_("all agrees"), "success")
        return badge(ngettext("%(number)d difference", "%(number)d differences", number) % {"number": number}, "danger")

    @display(description=_("compared"))
    def compared(self, report: CheckReport) -> int:
        return sum(number for number in report.counted.values() if isinstance(number, int))

    @display(description=_("differences"))
    def found(self, report: CheckReport) -> SafeString | str:
        if not report.differences:
            return str(_("None: orders, payments, ledger, payouts and stock tell the same story."))
        rows = [(one["code"], one["text"]) for one in report.differences]
        lines = format_html_join("", "<tr><th>{}</th><td>{}</td></tr>", rows)
        return format_html('<table class="office-table"><tbody>{}</tbody></table>', lines)

    @display(description=_("counted"))
    def counted_table(self, report: CheckReport) -> SafeString | str:
        lines = format_html_join("", "<tr><th>{}</th><td>{}</td></tr>", report.counted.items())
        return format_html('<table class="office-table"><tbody>{}</tbody></table>', lines)
