"""Forms about accounts at the built-in bank."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.providers.bank import TEST_ACCOUNTS


def account_choices() -> list[tuple[str, Any]]:
    """The bank's test accounts with what each of them does."""
    return [
        (account.token, _("%(label)s: %(behaviour)s") % {"label": account.label, "behaviour": account.behaviour})
        for account in TEST_ACCOUNTS
    ]


class AccountForm(forms.Form):
    """Which account, and whose it is."""

    token = forms.ChoiceField(
        label=_("Account"),
        choices=account_choices,
        widget=forms.RadioSelect,
        help_text=_("This bank is part of the platform and moves no real money. Each account shows one behaviour."),
    )
    holder = forms.CharField(
        label=_("Account holder"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


class CodeForm(forms.Form):
    """The code that came with the small amount."""

    code = forms.CharField(
        label=_("Code"),
        max_length=12,
        help_text=_("Stands beside the small amount on the account's statement. The built-in bank always writes 2468."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
