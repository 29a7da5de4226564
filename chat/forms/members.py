"""Preferred buyers: a plan as its store or union makes it, and joining one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.models import BuyerPlan
from payments.models import PaymentAccount
from payments.models.accounts import AccountState
from stores.forms.fields import MoneyField
from unions.models import Union


class PlanForm(forms.ModelForm):
    """A plan of preferred buyers."""

    class Meta:
        model = BuyerPlan
        fields = ["name", "promise", "terms", "amount", "period", "is_open"]

    def __init__(self, *args: Any, union: Union, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["amount"] = MoneyField(label=_("Dues"), currency=union.currency)


class AccountChoice(forms.ModelChoiceField):
    """Accounts in the reader's own words."""

    def label_from_instance(self, obj: PaymentAccount) -> str:
        return obj.shown


class AccountForm(forms.Form):
    """From which of the person's verified accounts the dues are taken."""

    account = AccountChoice(label=_("Pay from"), queryset=PaymentAccount.objects.none(), empty_label=None)

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        own = PaymentAccount.objects.filter(user=user, state=AccountState.VERIFIED)
        self.fields["account"].queryset = own  # type: ignore[attr-defined]


class JoinForm(AccountForm):
    """The account, and that the terms are agreed to."""

    agreed = forms.BooleanField(
        label=_("I agree to the terms, and that the dues are taken from this account every period.")
    )
