"""What a shopper fills in around a conversation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chat.services.message_sql import LONGEST_TEXT

STARS = [
    (5, _("5 of 5, very good")),
    (4, _("4 of 5, good")),
    (3, _("3 of 5, all right")),
    (2, _("2 of 5, not so good")),
    (1, _("1 of 5, bad")),
]


class BeginForm(forms.Form):
    """The first words; everything else may stay empty."""

    text = forms.CharField(
        label=_("What would you like to know?"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3, "enterkeyhint": "send"}),
    )
    department = forms.ChoiceField(label=_("About"), required=False)
    name = forms.CharField(
        label=_("Your name"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("Your e-mail, for an answer when you have gone"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    store = forms.SlugField(required=False, widget=forms.HiddenInput)
    product = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    page = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)
    id = forms.CharField(required=False, max_length=48, widget=forms.HiddenInput)

    def __init__(self, *args: Any, departments: list[str], signed_in: bool = False, **kwargs: Any) -> None:
        """Whom we know is not asked for name and address."""
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["department"]
        chosen.choices = [("", _("anything")), *((each, each) for each in departments)]
        if not departments:
            del self.fields["department"]
        if signed_in:
            del self.fields["name"], self.fields["email"]


class WriteForm(forms.Form):
    """One message, where there is no script."""

    text = forms.CharField(
        label=_("Your message"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3, "enterkeyhint": "send"}),
    )
    id = forms.CharField(max_length=48, widget=forms.HiddenInput)


class AddressForm(forms.Form):
    """Where the answer goes when nobody is there."""

    email = forms.EmailField(label=_("Your e-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))


class RatingForm(forms.Form):
    """Stars and a word."""

    stars = forms.TypedChoiceField(
        label=_("How was it?"),
        coerce=int,
        choices=STARS,
        widget=forms.RadioSelect,
    )
    words = forms.CharField(label=_("A few words"), max_length=500, required=False)


class AttachmentForm(forms.Form):
    """A picture or PDF."""

    file = forms.FileField(label=_("A picture or PDF, at most 10 MB"))
    id = forms.CharField(required=False, max_length=48, widget=forms.HiddenInput)
