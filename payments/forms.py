"""Forms about accounts at the built-in bank."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from payments.providers.bank import TEST_ACCOUNTS

PAYOUT_TOKENS = (
    "bank:approves",
    "bank:declines-stolen",
    "bank:answers-late",
    "bank:never-answers",
    "bank:payout-returns",
)


class AccountForm(forms.Form):
    """Which account, and whose it is. `options` are the accounts with what each of them does, for radio cards."""

    offered: tuple[str, ...] = tuple(account.token for account in TEST_ACCOUNTS)
    token = forms.ChoiceField(
        label=pgettext_lazy("at a bank", "Account"),
        choices=lambda: [(account.token, account.shown) for account in TEST_ACCOUNTS],
    )
    holder = forms.CharField(
        label=_("Account holder"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )

    def options(self) -> list[dict[str, Any]]:
        """One per account on offer."""
        return [
            {
                "value": account.token,
                "title": account.shown,
                "text": account.behaviour,
                "chosen": self["token"].value() == account.token,
            }
            for account in TEST_ACCOUNTS
            if account.token in self.offered
        ]


class PayoutAccountForm(AccountForm):
    """Only accounts whose behaviour shows when money is paid out."""

    offered = PAYOUT_TOKENS


class CodeForm(forms.Form):
    """The code that came with the small amount."""

    code = forms.CharField(
        label=_("Code"),
        max_length=12,
        help_text=_("Stands beside the small amount on the account's statement. The built-in bank always writes 2468."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
