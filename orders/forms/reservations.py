"""What shoppers and stores say about a time."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from core.phones import looks_like_a_phone
from orders.services.contact import Contact


class StartField(forms.DateTimeField):
    """The start of a free time as the page offered it: RFC 3339."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=_("Time"),
            error_messages={"required": _("Choose a time."), "invalid": _("Choose a time.")},
            widget=forms.HiddenInput,
            **options,
        )


class NoteForm(forms.Form):
    """A word to the other side."""

    note = forms.CharField(
        label=_("A word to the other side"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ReserveForm(forms.Form):
    """Who comes, and when; someone who is signed in has said who they are."""

    start = StartField()
    name = forms.CharField(
        label=pgettext_lazy("of a person", "Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("The answer and a calendar file are sent to it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=32,
        required=False,
        validators=[looks_like_a_phone],
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    note = forms.CharField(
        label=_("What the store should know"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, user: User | None, **options: Any) -> None:
        self.user = user
        if user is not None:
            options["initial"] = {"name": user.name, "email": user.email, "phone": user.phone}
        super().__init__(*args, **options)

    def contact(self, language: str) -> Contact:
        """The cleaned form as the service takes it."""
        data = self.cleaned_data
        return Contact(self.user, data["name"], data["email"], data["phone"], language)


class MoveForm(forms.Form):
    """Another time, and why."""

    start = StartField()
    note = forms.CharField(label=_("A word to the other side"), max_length=500, required=False)
