"""Forms of the team and of API keys."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from stores.models import StoreStaff
from stores.services.keys import offered_scopes


class PermissionsForm(forms.Form):
    """What a person may do."""

    permissions = forms.MultipleChoiceField(
        label=_("Permissions"), choices=StoreStaff.Permission.choices, widget=forms.CheckboxSelectMultiple
    )


class InviteForm(PermissionsForm):
    """Whom to ask into the team."""

    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    field_order = ["email", "permissions"]


class KeyForm(forms.Form):
    """A new API key."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("The program that will use it, such as: till, accounts.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("Permissions"), choices=offered_scopes(), widget=forms.CheckboxSelectMultiple
    )
