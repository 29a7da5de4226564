"""What a store types to ask a customer for a payment, and what the customer chooses to pay it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from orders.services.bills import LONGEST
from payments.models import PaymentAccount
from payments.models.accounts import AccountState
from payments.queries.accounts import payment_accounts_of
from stores.forms.fields import MoneyField
from unions.models import Union


class AskForm(forms.Form):
    """How much, what for, of whom, until when."""

    title = forms.CharField(
        label=_("What for"), max_length=200, help_text=_("The customer reads it, such as “Repair of your bicycle”.")
    )
    email = forms.EmailField(
        label=_("Customer's e-mail address"),
        help_text=_("The customer pays signed in with this address, from an account that the bank has verified."),
    )
    days = forms.IntegerField(label=_("Days to pay"), min_value=1, max_value=LONGEST, initial=14)
    language = forms.ChoiceField(label=_("Language of the customer"))
    field_order = ["title", "amount", "email", "days", "language"]

    def __init__(self, *args: Any, union: Union, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["amount"] = MoneyField(label=_("Amount"), currency=union.currency)
        names = dict(settings.LANGUAGES)
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            (code, names.get(code, code)) for code in union.languages
        ]
        self.fields["language"].initial = union.default_language
        self.order_fields(self.field_order)


class PayForm(forms.Form):
    """From which of the customer's own verified accounts."""

    account: forms.ModelChoiceField[PaymentAccount] = forms.ModelChoiceField(
        label=_("Paid from"), queryset=PaymentAccount.objects.none(), empty_label=None, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        accounts = payment_accounts_of(user).filter(state=AccountState.VERIFIED)
        self.fields["account"].queryset = accounts  # type: ignore[attr-defined]
        self.fields["account"].initial = next((account.pk for account in accounts if account.is_default), None)

    @property
    def has_accounts(self) -> bool:
        return bool(self.fields["account"].queryset)  # type: ignore[attr-defined]
