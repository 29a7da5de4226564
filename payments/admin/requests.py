"""Payments asked of shoppers, their parts, what was said with the provider, and refunds."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from payments.models import PaymentRequest, PaymentSplit, Refund
from payments.queries.office import calls_about
from unions.admin.columns import link, money, named, once, state
from unions.admin.office import OfficeAdmin, ReadOnlyInline


class SplitInline(ReadOnlyInline):
    model = PaymentSplit
    fields = ("reference", "payee", "state_label", "amount_text", "captured_text", "refunded_text")
    readonly_fields = fields
    verbose_name_plural = _("parts of the enterprises")
    state_label = state(colours={"open": "info", "captured": "success", "voided": "warning"})
    amount_text = money("amount", _("amount"), currency=lambda split: split.request.currency)
    captured_text = money("captured", _("captured"), currency=lambda split: split.request.currency)
    refunded_text = money("refunded", _("refunded"), currency=lambda split: split.request.currency)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentSplit]:
        return super().get_queryset(request).select_related("request", "membership__enterprise").order_by("id")

    @display(description=_("enterprise"))
    def payee(self, split: PaymentSplit) -> str:
        return split.membership.enterprise.name if split.membership else "—"


@admin.register(PaymentRequest)
class PaymentRequestAdmin(OfficeAdmin):
    list_display = ("number", "created_at", "amount_text", "state_label", "provider", "failure_code", "answered_at")
    list_filter = (("state", ChoicesDropdownFilter), "provider")
    search_fields = ("=number", "=reference", "=provider_reference")
    date_hierarchy = "created_at"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("number", "state_label"),
                    ("amount_text", "account_label"),
                    ("provider", "provider_reference"),
                )
            },
        ),
        (_("When"), {"fields": (("created_at", "answered_at", "expires_at"), "failure_code", "union")}),
        (_("What was said with the provider"), {"fields": ("calls",)}),
    )
    inlines = (SplitInline,)
    state_label = state()
    amount_text = money("amount", _("amount"))

    account_label = named("account", _("account"))

    @display(description=_("calls"))
    @once
    def calls(self, payment: PaymentRequest) -> SafeString | str:
        """Operation, time and answer; tokens and addresses of accounts are not shown."""
        rows = [
            (
                date_format(localtime(call.asked_at), "SHORT_DATETIME_FORMAT"),
                call.get_operation_display(),
                call.reference,
                call.status or _("no answer yet"),
            )
            for call in calls_about(payment)
        ]
        if not rows:
            return "—"
        lines = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", rows)
        return format_html('<table class="office-table"><tbody>{}</tbody></table>', lines)


@admin.register(Refund)
class RefundAdmin(OfficeAdmin):
    list_display = ("reference", "created_at", "amount_text", "state_label", "payee", "reason", "done_at")
    list_filter = (("state", ChoicesDropdownFilter),)
    list_select_related = ("split__request", "split__membership__enterprise")
    search_fields = ("reference", "split__reference")
    date_hierarchy = "created_at"
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("reference", "state_label"), ("amount_text", "payee"), "payment")}),
        (_("Why and when"), {"fields": ("reason", ("created_at", "done_at"), ("attempt", "failure_code"), "union")}),
    )
    state_label = state()
    amount_text = money("amount", _("amount"), currency=lambda refund: refund.split.request.currency)

    @display(description=_("payment request"))
    def payment(self, refund: Refund) -> SafeString | str:
        return link(refund.split.request)

    @display(description=_("enterprise"))
    def payee(self, refund: Refund) -> str:
        return refund.split.membership.enterprise.name if refund.split.membership else "—"
