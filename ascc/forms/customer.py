"""What a customer says to a provider, about its work, and to the center."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ascc.models import Assessment

MARKS = range(1, 6)


class WishForm(forms.Form):
    """What is to be done."""

    wish = forms.CharField(
        label=_("What is to be done?"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What is wrong, and when it suits you. Your name and address are told when they have said yes."),
    )

    def __init__(self, *args: Any, was_passed_on: bool = False, **options: Any) -> None:
        """`was_passed_on`: no address came with the voucher, so the customer gives it here."""
        super().__init__(*args, **options)
        if was_passed_on:
            self.fields["wish"].help_text = _(
                "What is wrong, when it suits you, and where it is: no address of yours came with this voucher."
            )


class QuestionForm(forms.Form):
    """The first words of a conversation about a voucher."""

    text = forms.CharField(label=_("Your question"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))


class EvidenceForm(forms.Form):
    """One thing that shows what happened."""

    words = forms.CharField(label=_("What it shows"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    file = forms.FileField(
        label=_("A photo or PDF, if you have one"),
        required=False,
        help_text=_("At most 10 MB. Only the customer, the provider and the service center see it."),
        widget=forms.FileInput(attrs={"accept": "image/*,application/pdf"}),
    )


class DisputeForm(forms.Form):
    """Why the work is not confirmed."""

    reason = forms.CharField(
        label=_("What is wrong?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The service center hears both sides and decides; until then nobody is paid."),
    )
    file = forms.FileField(
        label=_("A photo or PDF, if you have one"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*,application/pdf"}),
    )


class AssessForm(forms.Form):
    """Four aspects from 1 to 5, and words."""

    words = forms.CharField(
        label=_("In your words"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Everybody who looks for a provider can read them; your name is not shown."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(mark, ngettext("%(count)d star", "%(count)d stars", mark) % {"count": mark}) for mark in MARKS]
        for name in Assessment.ASPECTS:
            label = Assessment._meta.get_field(name).verbose_name  # type: ignore[union-attr]
            self.fields[name] = forms.TypedChoiceField(
                label=str(label).capitalize(), choices=choices, coerce=int, widget=forms.RadioSelect
            )

    def aspects(self) -> dict[str, int]:
        """The marks of a valid form."""
        return {name: self.cleaned_data[name] for name in Assessment.ASPECTS}

    def rows(self) -> list[Any]:
        """The fields of the aspects, in their order."""
        return [self[name] for name in Assessment.ASPECTS]
