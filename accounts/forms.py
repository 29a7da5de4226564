"""What people type about themselves."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.conf import settings
from django.utils.translation import get_language_info, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Address, User
from accounts.services import AddressDetails
from core.countries import country_choices


def country_choices_or_none() -> list[tuple[str, str]]:
    """Every country below an empty line, so that nobody is sent to the first of the alphabet unasked."""
    return [("", "—"), *country_choices()]


class SignInForm(LoginForm):
    """allauth's; what is wrong is said in words for a door, since nothing here is saved."""

    opens_a_door = True


class ProfileForm(forms.ModelForm):
    language = forms.ChoiceField(label=_("Language"), required=False)

    class Meta:
        model = User
        fields = ("name", "phone", "language")
        labels = {"name": pgettext_lazy("of a person", "Name"), "phone": _("Phone")}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]
        self.fields["language"].choices = [("", _("As my browser asks")), *named]  # type: ignore[attr-defined]


class AddressForm(forms.ModelForm):
    country = forms.ChoiceField(label=_("Country"), choices=country_choices_or_none)
    use_first = forms.BooleanField(label=_("Use this address first"), required=False)

    class Meta:
        model = Address
        fields = ("label", "recipient", "phone", "line1", "line2", "city", "region", "postal_code", "country")
        labels = {
            "label": _("What you call it"),
            "recipient": _("Recipient"),
            "phone": _("Phone"),
            "line1": _("Street and number"),
            "line2": _("Building, floor"),
            "city": _("Town or city"),
            "region": _("County or province"),
            "postal_code": _("Postal code"),
        }
        help_texts = {"label": _("For example: home, work, grandmother."), "phone": _("For the carrier's questions.")}
        widgets = {
            "recipient": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
            "line1": forms.TextInput(attrs={"autocomplete": "address-line1"}),
            "line2": forms.TextInput(attrs={"autocomplete": "address-line2"}),
            "city": forms.TextInput(attrs={"autocomplete": "address-level2"}),
            "region": forms.TextInput(attrs={"autocomplete": "address-level1"}),
            "postal_code": forms.TextInput(attrs={"autocomplete": "postal-code"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.is_default:
            # It stays first until another one is put first.
            del self.fields["use_first"]

    def details(self) -> AddressDetails:
        """The cleaned words, for the services."""
        return AddressDetails(**{name: self.cleaned_data[name] for name in AddressDetails.__dataclass_fields__})
