"""What the service center types: decisions on disputes and claims, policies, papers, premiums."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ascc.models import Claim, Dispute, Insurer, Policy, Redemption
from core.money import format_money
from stores.forms.fields import MoneyField
from unions.models import Union


class DecisionForm(forms.Form):
    """The center's word on a dispute."""

    decision = forms.CharField(
        label=_("Decision, with its reasons"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Customer and provider read it."),
    )
    visit_counts = forms.BooleanField(
        label=_("The visit counts as used"),
        required=False,
        initial=True,
        help_text=_("If not, nothing is paid and the customer can choose a provider again."),
    )

    def __init__(self, *args: Any, thing: Dispute, **options: Any) -> None:
        super().__init__(*args, **options)
        currency = thing.visit.voucher.currency
        most = thing.visit.fee - thing.visit.deductible
        self.fields["granted"] = MoneyField(
            label=_("Paid to the provider"),
            currency=currency,
            initial=most,
            help_text=_("At most %(amount)s.") % {"amount": format_money(most, currency)},
        )
        self.order_fields(["decision", "granted", "visit_counts"])


class ClaimForm(forms.Form):
    """A claim is opened, with the paper that it rests on."""

    title = forms.CharField(label=_("What the paper is"), max_length=160, required=False)
    paper = forms.FileField(label=_("Paper or photo"), required=False, help_text=_("PDF, JPEG, PNG, WebP."))

    def __init__(self, *args: Any, thing: Redemption | Claim, **options: Any) -> None:
        super().__init__(*args, **options)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("paper") is not None and not data.get("title"):
            self.add_error("title", _("Say what the paper is."))
        return data


class PaperForm(ClaimForm):
    """One more paper for a claim."""

    def __init__(self, *args: Any, thing: Claim, **options: Any) -> None:
        super().__init__(*args, thing=thing, **options)
        self.fields["title"].required = self.fields["paper"].required = True


class ApproveForm(forms.Form):
    """What the insurer takes over."""

    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, thing: Claim, **options: Any) -> None:
        super().__init__(*args, **options)
        most = min(max(0, thing.asked - thing.policy.deductible), thing.policy.claim_limit)
        self.fields["amount"] = MoneyField(
            label=_("The insurer takes over"),
            currency=thing.currency,
            initial=most,
            help_text=_("At most %(amount)s.") % {"amount": format_money(most, thing.currency)},
        )
        self.order_fields(["amount", "note"])


class WordsForm(forms.Form):
    """Words that a step needs."""

    words = forms.CharField(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, thing: Any, **options: Any) -> None:
        super().__init__(*args, **options)


class PremiumForm(forms.Form):
    """Premiums that were transferred to an insurer."""

    reference = forms.CharField(
        label=_("Reference of the transfer"),
        max_length=60,
        help_text=_("The same reference again changes nothing."),
    )

    def __init__(self, *args: Any, thing: Insurer, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["amount"] = MoneyField(label=_("Amount"), currency=thing.union.currency)
        self.order_fields(["amount", "reference"])


class PolicyForm(forms.Form):
    """What an insurer takes over. Once vouchers are insured under a policy its premium stays as it is."""

    insurer: forms.ModelChoiceField[Insurer] = forms.ModelChoiceField(
        label=_("Insurer"), queryset=Insurer.objects.none(), empty_label=None
    )
    number = forms.CharField(label=_("Number of the policy"), max_length=60)
    starts_on = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    ends_on = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, union: Union, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["insurer"].queryset = Insurer.objects.filter(union=union)  # type: ignore[attr-defined]
        for name, label in (
            ("premium", _("Premium per voucher")),
            ("claim_limit", _("At most per claim")),
            ("total_limit", _("At most in all")),
            ("deductible", _("Deductible per claim")),
        ):
            self.fields[name] = MoneyField(label=label, currency=union.currency, required=name != "deductible")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] < data["starts_on"]:
            self.add_error("ends_on", _("This is before its first day."))
        if data.get("claim_limit") == 0:
            self.add_error("claim_limit", _("A policy pays something."))
        return data

    def terms(self) -> dict[str, Any]:
        """As the service takes them."""
        return {**self.cleaned_data, "deductible": self.cleaned_data["deductible"] or 0}


class ExtendForm(forms.Form):
    """A policy runs on, or bears more in all."""

    ends_on = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, thing: Policy, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["ends_on"].initial = thing.ends_on
        self.fields["total_limit"] = MoneyField(
            label=_("At most in all"), currency=thing.currency, initial=thing.total_limit
        )
