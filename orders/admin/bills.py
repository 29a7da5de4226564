"""Payments that stores ask of customers outside of carts."""

from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.money import format_money
from orders.models import Bill
from unions.admin.columns import STATE, STATE_COLOURS, badge, linked
from unions.admin.office import OfficeAdmin, OwnFilter


@admin.register(Bill)
class BillAdmin(OfficeAdmin):
    list_display = ("number", "asked_at", "title", "store", "email", "amount_text", "state_label")
    list_filter = (("store", OwnFilter),)
    list_filter_submit = True
    list_select_related = ("store", "payment")
    search_fields = ("=number", "email", "title")
    date_hierarchy = "asked_at"
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("number", "state_label"), ("title", "amount_text"), ("store_link", "email"))}),
        (_("When"), {"fields": (("asked_at", "expires_at"), ("withdrawn_at", "settled_at"), "payment_link", "union")}),
    )
    store_link = linked("store", _("store"))
    payment_link = linked("payment", _("payment request"))

    @display(description=_("amount"), ordering="payment__amount")
    def amount_text(self, bill: Bill) -> str:
        return format_money(bill.payment.amount, bill.payment.currency)

    @display(description=STATE, ordering="payment__state")
    def state_label(self, bill: Bill) -> SafeString:
        """Of the payment; what was withdrawn says so."""
        payment = bill.payment
        words = _("withdrawn") if bill.withdrawn_at else payment.get_state_display()
        return badge(words, "" if bill.withdrawn_at else STATE_COLOURS.get(payment.state, ""))
