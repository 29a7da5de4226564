"""Forms with which a store's staff handle an order."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class CancelForm(forms.Form):
    """Why an order is cancelled; the shopper reads it."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("The shopper will read it. The money goes back at once.")
    )
