"""Double entry. Entries are only added; each transaction sums to zero per currency; the database sees to both."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from unions.models import Membership, Union


class LedgerAccount(models.Model):
    """An account of a union's books, for one currency and, where it is somebody's, one member.

    `balance` is debits less credits; it is kept by the statement that adds entries and proved by the daily check.
    """

    class Kind(models.TextChoices):
        PROVIDER_CLEARING = "provider_clearing", _("provider clearing")
        ORDERS_HELD = "orders_held", _("orders held")
        ENTERPRISE_PAYABLE = "enterprise_payable", _("enterprise payable")
        COMMISSION = "commission", _("commission")
        COMMISSION_TAX = "commission_tax", _("tax on commission")
        PAYOUTS_IN_TRANSIT = "payouts_in_transit", _("payouts in transit")
        BANK = "bank", _("bank")
        FEES = "fees", _("fees")
        DUES_INCOME = "dues_income", _("dues income")
        PROGRAM_FUND = "program_fund", _("program fund")
        PROGRAM_INCOME = "program_income", _("income from programs")
        INCENTIVE_FUND = "incentive_fund", _("incentive fund")
        INSURER_PAYABLE = "insurer_payable", _("insurer payable")
        ENTERPRISE_CREDIT = "enterprise_credit", _("enterprise credit")
        INSURER_RECEIVABLE = "insurer_receivable", _("insurer receivable")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="ledger_accounts")
    kind = models.CharField(_("kind"), max_length=24, choices=Kind.choices)
    membership = models.ForeignKey(
        Membership, null=True, blank=True, on_delete=models.PROTECT, related_name="ledger_accounts"
    )
    currency = models.CharField(_("currency"), max_length=3)
    balance = models.BigIntegerField(_("balance"), default=0)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["kind", "id"]
        verbose_name = _("ledger account")
        verbose_name_plural = _("ledger accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["union", "kind", "membership", "currency"], nulls_distinct=False, name="ledger_account_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.currency}"


class LedgerTransaction(models.Model):
    """One moment in the life of money. (kind, reference) is unique, so posting twice posts once."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="ledger_transactions")
    kind = models.CharField(_("kind"), max_length=24)
    reference = models.CharField(_("reference"), max_length=80)
    memo = models.CharField(_("memo"), max_length=200, blank=True)
    posted_at = models.DateTimeField(_("posted"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("ledger transaction")
        verbose_name_plural = _("ledger transactions")
        constraints = [models.UniqueConstraint(fields=["union", "kind", "reference"], name="ledger_posted_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class LedgerEntry(models.Model):
    """`amount` is positive for a debit, negative for a credit."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="entries")
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.BigIntegerField(_("amount"))

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["id"]
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="ledger_entry_of_something")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
