"""Forms of the store's settings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from stores.forms.fields import MoneyField, PercentField, add_translations, translations_of
from stores.models import DeliveryOption, Store
from stores.services.settings import MOST_SPANS_PER_DAY, DeliveryDetails, Span, StorePlace, StoreTexts

TRANSLATED = ["name", "tagline", "description"]
SPANS = MOST_SPANS_PER_DAY
DELIVERY_FIELDS = ("kind", "name", "price", "free_from", "tax_bp", "lead_days_min", "lead_days_max", "countries")


def time_field(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))


class TextsForm(forms.Form):
    """Name and words of a store."""

    name = forms.CharField(label=_("Name"), max_length=120)
    tagline = forms.CharField(label=_("One line about it"), max_length=160, required=False)
    description = forms.CharField(
        label=_("Introduction"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    manager_name = forms.CharField(
        label=_("Who answers shoppers"), max_length=80, required=False, help_text=_("Shown on the store's page.")
    )
    slug = forms.CharField(
        label=_("Short name in addresses"), max_length=60, help_text=_("Changing it breaks links to the store.")
    )

    def __init__(self, *args: Any, store: Store, **options: Any) -> None:
        self.store = store
        names = ("name", "tagline", "description", "manager_name", "slug")
        options["initial"] = {name: getattr(store, name) for name in names}
        super().__init__(*args, **options)
        add_translations(self, store.union, TRANSLATED, store.translations)

    def texts(self) -> StoreTexts:
        """The cleaned form as the service takes it."""
        data = self.cleaned_data
        return StoreTexts(
            name=data["name"],
            tagline=data["tagline"],
            description=data["description"],
            manager_name=data["manager_name"],
            slug=data["slug"],
            translations=translations_of(self, self.store.union, TRANSLATED, self.store.translations),
        )


class FrontForm(forms.Form):
    """A photograph of the store's front. The file itself is checked by decoding it."""

    file = forms.FileField(
        label=_("Photograph"),
        help_text=_("JPEG, PNG, WebP, AVIF or GIF, at most 12 MB."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/avif,image/gif"}),
    )


class PlaceForm(forms.Form):
    """Where a store is and how it is reached."""

    street = forms.CharField(label=_("Street and number"), max_length=200, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=20, required=False)
    city = forms.CharField(label=_("Town or city"), max_length=120, required=False)
    phone = forms.CharField(
        label=_("Phone"), max_length=32, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    email = forms.EmailField(label=_("E-mail address"), required=False)
    latitude = forms.FloatField(label=_("Latitude"), required=False, min_value=-90, max_value=90)
    longitude = forms.FloatField(label=_("Longitude"), required=False, min_value=-180, max_value=180)

    def __init__(self, *args: Any, store: Store, **options: Any) -> None:
        options["initial"] = {name: getattr(store, name) for name in self.base_fields}
        super().__init__(*args, **options)

    def place(self) -> StorePlace:
        """The cleaned form as the service takes it."""
        return StorePlace(**self.cleaned_data)


class HoursForm(forms.Form):
    """The week: up to three spans a day, an empty day is closed."""

    def __init__(self, *args: Any, rows: Iterable[Any], **options: Any) -> None:
        """`rows` are the present hours, of a store or of someone with hours of their own."""
        initial: dict[str, Any] = {}
        counts = dict.fromkeys(range(7), 0)
        for row in rows:
            if counts[row.weekday] < SPANS:
                at = counts[row.weekday]
                initial |= {f"opens_{row.weekday}_{at}": row.opens, f"closes_{row.weekday}_{at}": row.closes}
                counts[row.weekday] += 1
        super().__init__(*args, **{**options, "initial": initial})
        for day, name in WEEKDAYS.items():
            for at in range(SPANS):
                spoken = {"day": name, "number": at + 1}
                self.fields[f"opens_{day}_{at}"] = time_field(_("%(day)s, opens (%(number)d)") % spoken)
                self.fields[f"closes_{day}_{at}"] = time_field(_("%(day)s, closes (%(number)d)") % spoken)

    def days(self) -> list[dict[str, Any]]:
        """For the page: each day with its name, its errors and its pairs of fields."""
        return [
            {
                "name": name,
                "spans": [(self[f"opens_{day}_{at}"], self[f"closes_{day}_{at}"]) for at in range(SPANS)],
                "errors": [
                    message
                    for at in range(SPANS)
                    for end in ("opens", "closes")
                    for message in self[f"{end}_{day}_{at}"].errors
                ],
            }
            for day, name in WEEKDAYS.items()
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for day in WEEKDAYS:
            for at in range(SPANS):
                opens, closes = data.get(f"opens_{day}_{at}"), data.get(f"closes_{day}_{at}")
                if (opens is None) != (closes is None):
                    self.add_error(f"opens_{day}_{at}", _("Give both times, or neither for a closed day."))
        return data

    def spans(self) -> list[Span]:
        """The entered spans as the service takes them."""
        data = self.cleaned_data
        return [
            Span(day, data[f"opens_{day}_{at}"], data[f"closes_{day}_{at}"])
            for day in WEEKDAYS
            for at in range(SPANS)
            if data[f"opens_{day}_{at}"] is not None
        ]


class SpecialDayForm(forms.Form):
    """A day that differs from its week."""

    day = forms.DateField(label=_("Date"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    reason = forms.CharField(label=_("Reason"), max_length=120)
    opens = time_field(_("Opens"))
    closes = time_field(_("Closes"))


class DeliveryForm(forms.Form):
    """A way of delivery."""

    kind = forms.ChoiceField(label=_("Kind"), choices=DeliveryOption.Kind.choices)
    name = forms.CharField(label=_("Name that shoppers see"), max_length=80)
    lead_days_min = forms.IntegerField(label=_("Days at least"), min_value=0, max_value=365, initial=1)
    lead_days_max = forms.IntegerField(label=_("Days at most"), min_value=0, max_value=365, initial=3)
    weekdays = forms.MultipleChoiceField(
        label=_("Only on these days"),
        choices=[(str(day), name) for day, name in WEEKDAYS.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("For a van or a round with days of its own. None: any day on which the store is open."),
    )
    countries = forms.CharField(
        label=_("Only to these countries"),
        max_length=200,
        required=False,
        help_text=_("Two-letter codes with commas between, such as GB, IE. Empty: everywhere."),
    )

    def __init__(self, *args: Any, store: Store, option: DeliveryOption | None = None, **options: Any) -> None:
        self.store, self.option = store, option
        if option is not None:
            initial = {name: getattr(option, name) for name in DELIVERY_FIELDS}
            options.setdefault("initial", initial | {"weekdays": list(option.weekdays)})
        super().__init__(*args, **options)
        currency = store.union.currency
        self.fields["price"] = MoneyField(currency=currency, label=_("Price"), initial=0)
        self.fields["free_from"] = MoneyField(
            currency=currency, label=_("Free from this value of goods"), required=False
        )
        self.fields["tax_bp"] = PercentField(label=_("Tax in percent, included in the price"), initial=0)
        add_translations(self, store.union, ["name"], option.translations if option else {})
        self.order_fields(["kind", "name", "price", "free_from", "tax_bp"])

    def details(self) -> DeliveryDetails:
        """The cleaned form as the service takes it."""
        data = self.cleaned_data
        kept = self.option.translations if self.option else {}
        return DeliveryDetails(
            **{name: data[name] for name in DELIVERY_FIELDS},
            weekdays="".join(data["weekdays"]),
            is_active=self.option.is_active if self.option else True,
            translations=translations_of(self, self.store.union, ["name"], kept),
        )


class NewStoreForm(forms.Form):
    """One more store of an enterprise."""

    membership = forms.ChoiceField(label=_("For which enterprise and union"))
    name = forms.CharField(label=_("Name"), max_length=120)
    slug = forms.CharField(
        label=_("Short name in addresses"),
        max_length=60,
        required=False,
        help_text=_("Small letters, digits and hyphens. Left empty, it is made from the name."),
    )

    def __init__(self, *args: Any, memberships: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["membership"].choices = [  # type: ignore[attr-defined]
            (str(membership.pk), f"{membership.enterprise.name} · {membership.union.name}")
            for membership in memberships
        ]
