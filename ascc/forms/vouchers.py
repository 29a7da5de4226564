"""What owners of vouchers fill in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ascc.models import ProgramVersion
from ascc.services.activating import LONGEST_SERIAL


class ActivationForm(forms.Form):
    """What the program asks for; nothing where it asks for nothing."""

    serial = forms.CharField(
        label=_("Serial number"),
        max_length=LONGEST_SERIAL,
        help_text=_("It stands on the type plate, often on the back or the bottom."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    photo = forms.FileField(
        label=_("Photo of the goods or the receipt"),
        help_text=_("JPEG, PNG, WebP, AVIF or GIF of at most 10 MB. Only you and the service center see it."),
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )

    def __init__(self, *args: Any, version: ProgramVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not version.needs_serial:
            del self.fields["serial"]
        if not version.needs_photo:
            del self.fields["photo"]


class GiftForm(forms.Form):
    """Who is to have it."""

    email = forms.EmailField(
        label=_("E-mail address of the other person"),
        help_text=_("We write to it. The voucher stays yours until they say yes."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    words = forms.CharField(
        label=_("A word with it"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
