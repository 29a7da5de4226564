"""What a provider types: about itself, about a visit, at its till."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from babel.numbers import get_decimal_symbol
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ascc.models import ProviderPrice, ServiceVisit
from ascc.models.providers import FARTHEST_KM
from ascc.presenting.prices import price_line
from ascc.services.working import MOST_PARTS, Part
from core.localized import localized
from core.money import locale_of
from orders.models import Bookable, Reservation, Resource
from orders.presenting.reservations import when_text
from orders.queries.bookables import full_title_of
from stores.forms.fields import MoneyField
from unions.models import SignalCode

WITHOUT_TIME = "-"


class ApplyForm(forms.Form):
    """What a provider knows, says of itself, and how far it comes."""

    about = forms.CharField(
        label=_("About your work"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Customers read it when they choose: training, brands, years."),
    )
    reach_km = forms.IntegerField(label=_("You come as far as, km"), min_value=1, max_value=FARTHEST_KM, initial=20)
    skills = forms.MultipleChoiceField(
        label=_("What you look after"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one kind of work.")},
    )

    def __init__(self, *args: Any, tree: list[tuple[SignalCode, list[SignalCode]]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.tree = tree
        self.fields["skills"].choices = [  # type: ignore[attr-defined]
            (code.code, localized(code, "title")) for top, below in tree for code in (top, *below)
        ]

    def groups(self) -> list[dict[str, Any]]:
        """The tree to choose from; a group with something chosen is open."""
        chosen = set(self["skills"].value() or [])
        return [
            {
                "title": localized(top, "title"),
                "open": any(code.code in chosen for code in (top, *below)),
                "codes": [
                    {"code": code.code, "title": localized(code, "title"), "chosen": code.code in chosen}
                    for code in (top, *below)
                ],
            }
            for top, below in self.tree
        ]


class ReasonForm(forms.Form):
    """Why not; the customer reads it."""

    reason = forms.CharField(label=_("Why? The customer reads it."), max_length=300)


class AppointForm(forms.Form):
    """The time on which both have agreed; needed for what the store's calendar is asked for, and for nothing else."""

    use_required_attribute = False
    what = forms.ChoiceField(label=_("In your calendar as"))
    start = forms.DateTimeField(
        label=_("Day and time"),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        error_messages={"required": _("Choose a day and a time.")},
    )
    place = forms.ChoiceField(
        label=_("Where"),
        required=False,
        widget=forms.RadioSelect,
        choices=[
            (ServiceVisit.Place.CUSTOMER, _("You go to the customer")),
            (ServiceVisit.Place.PROVIDER, _("The customer comes to your shop")),
        ],
        initial=ServiceVisit.Place.CUSTOMER,
    )
    resource = forms.ChoiceField(label=_("Who does it"), required=False)
    note = forms.CharField(label=_("A word to the customer"), max_length=500, required=False)

    def __init__(
        self,
        *args: Any,
        bookables: list[Bookable],
        resources: list[Resource],
        reserved: list[Reservation],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.bookables, self.resources, self.reserved = bookables, resources, reserved
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            *((one.number, _("Reserved by the customer: %(when)s") % {"when": when_text(one)}) for one in reserved),
            *((one.key, full_title_of(one)) for one in bookables),
            (WITHOUT_TIME, _("No entry: agreed without a time")),
        ]
        self.fields["resource"].choices = [  # type: ignore[attr-defined]
            ("", _("Whoever is free")),
            *((one.key, one.name) for one in resources),
        ]
        if not bookables:
            for name in ("start", "resource", "note"):
                del self.fields[name]
        elif self.is_bound:
            self.fields["start"].required = self.data.get("what") in [one.key for one in bookables]

    def bookable_chosen(self) -> Bookable | None:
        return next((one for one in self.bookables if one.key == self.cleaned_data["what"]), None)

    def reservation_chosen(self) -> Reservation | None:
        return next((one for one in self.reserved if one.number == self.cleaned_data["what"]), None)

    def resource_chosen(self) -> Resource | None:
        return next((one for one in self.resources if one.key == self.cleaned_data.get("resource")), None)


class TimeForm(forms.Form):
    """Another time on which both have agreed."""

    start = forms.DateTimeField(
        label=_("Day and time"),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )
    note = forms.CharField(label=_("A word to the customer"), max_length=500, required=False)


class ReportForm(forms.Form):
    """What was found and done. Parts stand in rows of three fields with the same names."""

    report = forms.CharField(
        label=_("What was found and done"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5})
    )

    def __init__(self, data: QueryDict | None = None, *, currency: str, **options: Any) -> None:
        super().__init__(data, **options)
        self.currency = currency
        self.parts: list[Part] = []
        self.rows = _rows_of(data)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        quantity = forms.IntegerField(min_value=1, max_value=9999)
        price = MoneyField(currency=self.currency, required=False)
        for number, row in enumerate(self.rows[: MOST_PARTS + 1], start=1):
            if not any(row.values()):
                continue
            name, place = row["name"].strip()[:120], {"number": number, "name": row["name"].strip()[:120]}
            if not name:
                self.add_error(None, _("Part %(number)d in the list needs a name.") % place)
                continue
            try:
                many = quantity.clean(row["quantity"] or "1")
            except ValidationError:
                self.add_error(None, _("How many of part %(number)d, %(name)s? A whole number from 1 on.") % place)
                continue
            try:
                # A comma before one or two digits groups nothing in any language: it is the decimal point.
                paid = price.clean(
                    re.sub(r"^(\d+),(\d{1,2})$", rf"\1{get_decimal_symbol(locale_of())}\2", row["price"])
                )
            except ValidationError:
                self.add_error(None, _("The price of part %(number)d, %(name)s, is no amount of money.") % place)
                continue
            self.parts.append(Part(name, many, paid or 0))
        return data


def _rows_of(data: QueryDict | None) -> list[dict[str, str]]:
    """The rows of parts as they were sent, and an empty one to go on with."""
    if data is None:
        return [{"name": "", "quantity": "", "price": ""}]
    columns = [data.getlist(f"part_{name}") for name in ("name", "quantity", "price")]
    return [
        {"name": name[:120], "quantity": quantity[:8], "price": price[:20]}
        for name, quantity, price in zip(*columns, strict=False)
    ] or [{"name": "", "quantity": "", "price": ""}]


class ExtraForm(forms.Form):
    """What the voucher does not cover: a line of the provider's own price list, or in its own words."""

    title = forms.CharField(label=_("What for"), max_length=200)

    def __init__(
        self, *args: Any, currency: str, prices: Sequence[ProviderPrice] = (), language: str = "", **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.prices, self.language = prices, language
        self.fields["amount"] = MoneyField(label=_("Amount"), currency=currency)
        if prices:
            choices = [("", _("In your own words")), *((each.key, price_line(each, currency)) for each in prices)]
            line = forms.ChoiceField(label=_("From your price list"), required=False, choices=choices)
            quantity = forms.IntegerField(label=_("How many"), required=False, min_value=1, max_value=999, initial=1)
            self.fields = {"line": line, "quantity": quantity, **self.fields}
            for name in ("title", "amount"):
                self.fields[name].required = False
                self.fields[name].help_text = _("Empty: as in your price list.")

    def clean(self) -> dict[str, Any]:
        """What is typed goes before the line's own words and amount."""
        data = super().clean() or {}
        line = next((each for each in self.prices if each.key == data.pop("line", "")), None)
        many = data.pop("quantity", None) or 1
        if line is not None:
            named = localized(line, "title", self.language or None)
            data["title"] = data.get("title") or (named if many == 1 else f"{many} × {named}")
            if data.get("amount") is None and "amount" not in self.errors:
                data["amount"] = many * line.amount
            return data
        for name, words in (("title", _("Say what it is for.")), ("amount", _("Say how much it comes to."))):
            if data.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, words)
        return data


class CodeForm(forms.Form):
    """The customer's one-time code."""

    code = forms.CharField(
        label=_("The customer’s code"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("Six digits. The customer sees them in the wallet, at this voucher."),
    )


class SignForm(forms.Form):
    """What the customer has drawn on the screen."""

    signature = forms.FileField(error_messages={"required": _("Let the customer sign in the field.")})


class TillForm(forms.Form):
    """What was scanned or typed, or a photo of the QR code. `prefix_of_codes` is the union's."""

    keeps_nothing = True
    text = forms.CharField(
        label=_("Code of the voucher"),
        max_length=4000,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    photo = forms.FileField(
        label=_("Or a photo of the QR code"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
        help_text=_("It is read and not kept."),
    )

    def __init__(self, *args: Any, prefix_of_codes: str, **options: Any) -> None:
        super().__init__(*args, **options)
        example = f"{prefix_of_codes}-7Q2M4X9TVA-C"
        self.fields["text"].help_text = _("As printed below the QR code, such as %(example)s.") % {"example": example}
        for field in self.fields.values():
            field.may_be_needed = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors and not said["text"] and not said["photo"]:
            self.add_error("text", _("Type the code, or take a photo of the QR code."))
        return said


class AnswerForm(forms.Form):
    """A word back to the customer, for everybody to read."""

    answer = forms.CharField(label=_("Your answer"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
