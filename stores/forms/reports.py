"""Why a review does not belong on the pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from stores.models import Unfit


class ReportForm(forms.Form):
    """For a reason, and in words."""

    reason = forms.ChoiceField(label=_("What is wrong with it?"), choices=Unfit.choices, widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("In words"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
