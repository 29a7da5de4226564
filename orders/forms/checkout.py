"""What shoppers type at checkout."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.queries import addresses_of
from core.countries import country_choices, country_name
from core.phones import looks_like_a_phone
from orders.cart_review import CartReview, StorePart
from orders.services.checkout import CheckoutDetails
from payments.models import PaymentAccount
from payments.providers.bank import TEST_ACCOUNTS
from payments.queries.accounts import verified_accounts_of

ONCE = "once"
NEEDED_FOR_DELIVERY = ("line1", "city", "country")


class DetailsForm(forms.Form):
    """Who, where to, how delivered by each store, and from which account it is paid."""

    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("Each step of your order is written to it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    recipient = forms.CharField(
        label=pgettext_lazy("of a person", "Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=32,
        required=False,
        validators=[looks_like_a_phone],
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    line1 = forms.CharField(
        label=_("Street and number"),
        help_text=_("Needed for the delivery."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-line1"}),
    )
    line2 = forms.CharField(
        label=_("Building, floor"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-line2"}),
    )
    postal_code = forms.CharField(
        label=_("Postal code"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
    )
    city = forms.CharField(
        label=_("Town or city"),
        help_text=_("Needed for the delivery."),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )
    region = forms.CharField(
        label=_("County or province"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level1"}),
    )
    country = forms.CharField(
        label=_("Country"), max_length=2, required=False, widget=forms.Select(attrs={"autocomplete": "country"})
    )
    note = forms.CharField(
        label=_("A word to the stores"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    payment = forms.CharField(label=_("Paid from"), max_length=20)
    token = forms.ChoiceField(
        label=pgettext_lazy("at a bank", "Account"),
        choices=lambda: [(account.token, f"{account.shown} ({account.token})") for account in TEST_ACCOUNTS],
    )

    def __init__(self, *args: Any, review: CartReview, user: User | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.review = review
        self.accounts = verified_accounts_of(user) if user else []
        if any(part.choices and all(choice.kind == "delivery" for choice in part.choices) for part in review.parts):
            for name in NEEDED_FOR_DELIVERY:
                self.fields[name].required = True
        for name in NEEDED_FOR_DELIVERY:
            self.fields[name].error_messages["required"] = gettext("Needed for the delivery.")
        for name in ("line1", "city", "postal_code"):
            # Without the mark of a field that may be left out: for a delivery it may not.
            self.fields[name].may_be_needed = True  # type: ignore[attr-defined]
        for part in review.parts:
            self.fields[self.delivery_name(part)] = forms.IntegerField(
                label=part.name, error_messages={"required": _("Choose how it reaches you.")}
            )
            if part.has_service:
                self.fields[self.wish_name(part)] = forms.CharField(
                    label=_("Which day and time would suit you?"),
                    max_length=200,
                    required=False,
                    initial=part.wish,
                    help_text=_("The shop agrees a time with you after the purchase."),
                )

    @staticmethod
    def delivery_name(part: StorePart) -> str:
        return f"delivery-{part.store_id}"

    @staticmethod
    def wish_name(part: StorePart) -> str:
        return f"wish-{part.store_id}"

    def wishes(self) -> dict[int, str]:
        """When the services of each store would suit."""
        return {
            part.store_id: self.cleaned_data[self.wish_name(part)] for part in self.review.parts if part.has_service
        }

    def offer_countries(self) -> DetailsForm:
        """Fill the list of countries; only a page that is shown needs it."""
        self.fields["country"].widget.choices = country_choices()
        return self

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"]
        if country and country_name(country) == country:
            raise forms.ValidationError(_("Choose a country."))
        return country

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        chosen = [self._chosen(part, cleaned) for part in self.review.parts]
        if "delivery" in chosen:
            for name in NEEDED_FOR_DELIVERY:
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, gettext("Needed for the delivery."))
        if cleaned.get("payment") == ONCE:
            if not cleaned.get("token"):
                self.add_error("token", _("Choose an account."))
        elif cleaned.get("payment") and self.account() is None:
            self.add_error("payment", _("Choose an account."))
        return cleaned

    def _chosen(self, part: StorePart, cleaned: dict[str, Any]) -> str:
        """The kind of delivery chosen for a store; an error beside it when it is not offered."""
        name = self.delivery_name(part)
        value = cleaned.get(name)
        choice = next((choice for choice in part.choices if choice.option_id == value), None)
        if choice is None:
            if name not in self.errors:
                self.add_error(name, _("This way of delivery is not offered any more."))
            return ""
        return choice.kind

    def details(self) -> CheckoutDetails:
        """The cleaned words, for the service."""
        return CheckoutDetails(**{name: self.cleaned_data[name] for name in CheckoutDetails.__dataclass_fields__})

    def deliveries(self) -> dict[int, int]:
        """Option by store."""
        return {part.store_id: self.cleaned_data[self.delivery_name(part)] for part in self.review.parts}

    def account(self) -> PaymentAccount | None:
        """The chosen account of the person; None for one that is used once."""
        value = self.cleaned_data.get("payment", "")
        return next((account for account in self.accounts if str(account.pk) == value), None)


def initial_details(*, review: CartReview, user: User | None) -> dict[str, Any]:
    """What the form starts with: what was said before, else the person's first address.

    A composed order knows a name at most: nothing was said as long as there is no country.
    """
    cart = review.cart
    names = CheckoutDetails.__dataclass_fields__
    initial: dict[str, Any] = {name: getattr(cart, name) for name in names}
    if user is not None and not (cart.recipient and cart.country):
        address = addresses_of(user).first()
        known = {"email": user.email, "recipient": user.name, "phone": user.phone}
        if address is not None:
            taken = ("recipient", "phone", "line1", "line2", "city", "region", "postal_code", "country")
            known |= {name: getattr(address, name) for name in taken if getattr(address, name)}
        initial |= {name: value for name, value in known.items() if not initial[name]}
    initial["country"] = initial["country"] or cart.union.country
    return initial
