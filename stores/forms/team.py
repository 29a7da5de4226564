"""Forms of the team and of API keys."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from stores.models import StoreStaff
from stores.services.keys import offered_scopes, scopes_within


class PermissionsForm(forms.Form):
    """What a person may do, out of what the one who fills it in may do."""

    permissions = forms.MultipleChoiceField(label=_("Permissions"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, held: Collection[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["permissions"].choices = [  # type: ignore[attr-defined]
            choice for choice in StoreStaff.Permission.choices if choice[0] in held
        ]


class InviteForm(PermissionsForm):
    """Whom to ask into the team."""

    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    field_order = ["email", "permissions"]


class KeyForm(forms.Form):
    """A new API key."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("The program that will use it, such as: till, accounts.")
    )
    scopes = forms.MultipleChoiceField(label=_("Permissions"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, held: Collection[str], **options: Any) -> None:
        super().__init__(*args, **options)
        given = scopes_within(permissions=held)
        self.fields["scopes"].choices = [choice for choice in offered_scopes() if choice[0] in given]  # type: ignore[attr-defined]
