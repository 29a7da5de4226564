"""The union's books: accounts with their balances, transactions with their entries."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from core.money import format_money
from payments.models import LedgerAccount, LedgerEntry, LedgerTransaction
from payments.presenting import MOVEMENT_WORDS
from unions.admin.office import OfficeAdmin, ReadOnlyInline


def _side(amount: int, currency: str) -> str:
    words = _("%(amount)s debit") if amount >= 0 else _("%(amount)s credit")
    return str(words % {"amount": format_money(abs(amount), currency)})


@admin.register(LedgerAccount)
class LedgerAccountAdmin(OfficeAdmin):
    list_display = ("kind", "enterprise", "currency", "balance_text")
    list_filter = (("kind", ChoicesDropdownFilter), "currency")
    list_select_related = ("membership__enterprise",)
    search_fields = ("kind", "membership__enterprise__name")
    fields = (("kind", "enterprise"), ("currency", "balance_text"), "union")

    @display(description=_("of"), ordering="membership__enterprise__name")
    def enterprise(self, account: LedgerAccount) -> str:
        return account.membership.enterprise.name if account.membership else "—"

    @display(description=_("balance"), ordering="balance")
    def balance_text(self, account: LedgerAccount) -> str:
        return _side(account.balance, account.currency)


class EntryInline(ReadOnlyInline):
    model = LedgerEntry
    fields = ("account_name", "debit", "credit")
    readonly_fields = fields
    verbose_name_plural = _("entries")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerEntry]:
        return super().get_queryset(request).select_related("account__membership__enterprise")

    @display(description=_("account"))
    def account_name(self, entry: LedgerEntry) -> str:
        account = entry.account
        owner = f" · {account.membership.enterprise.name}" if account.membership else ""
        return f"{account.get_kind_display()}{owner}"

    @display(description=_("debit"))
    def debit(self, entry: LedgerEntry) -> str:
        return format_money(entry.amount, entry.currency) if entry.amount > 0 else ""

    @display(description=_("credit"))
    def credit(self, entry: LedgerEntry) -> str:
        return format_money(-entry.amount, entry.currency) if entry.amount < 0 else ""


class MomentFilter(DropdownFilter):
    """What happened, in words."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return list(MOVEMENT_WORDS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() in MOVEMENT_WORDS else queryset


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(OfficeAdmin):
    list_display = ("posted_at", "moment", "reference", "memo")
    list_filter = (MomentFilter,)
    search_fields = ("=reference", "memo")
    date_hierarchy = "posted_at"
    ordering = ("-id",)
    fields = (("posted_at", "moment"), ("reference", "memo"), "union")
    inlines = (EntryInline,)

    @display(description=_("kind"), ordering="kind")
    def moment(self, posted: LedgerTransaction) -> str:
        return str(MOVEMENT_WORDS.get(posted.kind, posted.kind))
