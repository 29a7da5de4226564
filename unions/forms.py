"""What an enterprise writes when it wants to join a union, and a person who wants to leave them all."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.countries import country_choices
from core.localized import localized
from unions.models import Enterprise
from unions.queries import top_classes
from unions.services.membership import ApplicationDetails

NEW = "new"
OF_THE_ENTERPRISE = (
    "name",
    "legal_name",
    "registration_number",
    "tax_number",
    "country",
    "business_class",
    "address",
    "email",
    "phone",
)
NEEDED = ("name", "legal_name", "registration_number", "country", "business_class", "address", "email")


phone_shape = RegexValidator(
    r"^(?=(?:\D*\d){5})\+?[\d\s()./#-]+(?:(?:ext\.?|x|轉|내선)\s*\d+)?$",
    _("Write a phone number in digits, like +44 1872 555 123."),
)


class PapersInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PapersField(forms.FileField):
    """Several files in one field; what is in them is checked by the service."""

    widget = PapersInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        if not data:
            super().clean(None, initial)
        return [super(PapersField, self).clean(file, initial) for file in data or []]


class ApplicationForm(forms.Form):
    """With `owned`, enterprises of the person that may apply, the first question is which one it is."""

    enterprise = forms.ChoiceField(label=_("Which enterprise applies?"))
    name = forms.CharField(label=_("Trading name"), help_text=_("As shoppers know it."), max_length=120)
    legal_name = forms.CharField(label=_("Legal name"), max_length=160)
    registration_number = forms.CharField(
        label=_("Registration number"), help_text=_("From the company or trade register."), max_length=40
    )
    tax_number = forms.CharField(label=_("Tax number"), max_length=40, required=False)
    country = forms.ChoiceField(label=_("Country"), choices=country_choices)
    business_class = forms.ChoiceField(label=_("Business or profession"))
    address = forms.CharField(
        label=_("Registered address"), max_length=250, widget=forms.TextInput(attrs={"autocomplete": "street-address"})
    )
    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    phone = forms.CharField(
        label=_("Phone"),
        max_length=32,
        required=False,
        validators=[phone_shape],
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    store_name = forms.CharField(
        label=_("Name of your first store"),
        help_text=_("It is made ready for you as soon as the union says yes."),
        max_length=120,
        required=False,
    )
    message = forms.CharField(
        label=_("What do you sell, and why here?"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    papers = PapersField(
        label=_("Papers"),
        help_text=_(
            "Register extract, licence: PDF, PNG or JPEG, at most 10 MB each. Only the union's office sees them."
        ),
        widget=PapersInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg,application/pdf,image/png,image/jpeg"}),
    )

    def __init__(self, *args: Any, owned: list[Enterprise], has_papers: bool = False, **kwargs: Any) -> None:
        """`has_papers`: some were sent before and are kept, so that none need to come now."""
        super().__init__(*args, **kwargs)
        self.owned = {str(enterprise.pk): enterprise for enterprise in owned}
        self.fields["business_class"].choices = [("", "—"), *_class_choices()]  # type: ignore[attr-defined]
        # Which words are needed depends on the answer to the first question, which the browser does not weigh.
        self.use_required_attribute = not owned
        of_an_old_one = self.is_bound and self.data.get("enterprise", NEW) in self.owned
        for name in NEEDED:
            self.fields[name].required = not of_an_old_one
        self.fields["papers"].required = self.describes_a_new_one() and not has_papers
        if owned:
            named = [(key, enterprise.name) for key, enterprise in self.owned.items()]
            self.fields["enterprise"].choices = [*named, (NEW, _("A new one"))]  # type: ignore[attr-defined]
            self.initial.setdefault("enterprise", named[0][0])
        else:
            del self.fields["enterprise"]

    def new_enterprise(self) -> list[forms.BoundField]:
        """The questions about an enterprise that is not known yet."""
        return [self[name] for name in OF_THE_ENTERPRISE]

    def about_joining(self) -> list[forms.BoundField]:
        """The questions that every application answers."""
        return [self[name] for name in ("store_name", "message", "papers")]

    def describes_a_new_one(self) -> bool:
        """Whether the questions about a new enterprise stand open."""
        return not self.owned or (self.is_bound and self.data.get("enterprise", NEW) == NEW)

    def details(self) -> ApplicationDetails:
        """The cleaned answers, for the service."""
        answers = {name: value for name, value in self.cleaned_data.items() if name not in ("enterprise", "papers")}
        return ApplicationDetails(enterprise=self.owned.get(self.cleaned_data.get("enterprise", NEW)), **answers)


def _class_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Divisions under their sections, named in the reader's language."""
    groups: list[tuple[str, list[tuple[str, str]]]] = []
    for node in top_classes():
        title = localized(node, "title")
        if node.level == node.Level.SECTION:
            groups.append((title, []))
        elif groups:
            groups[-1][1].append((node.code, title))
    return groups


class EraseForm(forms.Form):
    """The own e-mail address, typed: nobody erases themselves by a slip of the thumb."""

    email = forms.CharField(
        label=_("Your e-mail address, to say that you mean it"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email.strip().lower() != self.person.email:
            raise forms.ValidationError(_("This is not the address that you sign in with."))
        return email
