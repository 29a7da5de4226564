"""Forms of what can be booked and by whom it is done; and of a time that the store sets itself."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.phones import looks_like_a_phone
from orders.models import Bookable, Resource
from orders.queries.bookables import full_title_of
from orders.services.contact import Contact
from orders.services.reservations.rules import BookingRules, ResourceDetails
from stores.forms.fields import add_translations, translations_of
from stores.models import Product, Store, Variant


def choice_of(name: str, rows: list[Any], key: str) -> Any:
    """The row that was chosen by its key, or None."""
    return next((row for row in rows if str(getattr(row, name)) == key), None)


class BookableForm(forms.ModelForm):
    """The rules for one service or visit."""

    resources = forms.MultipleChoiceField(
        label=_("Done by"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("By nobody: not offered.")
    )

    class Meta:
        model = Bookable
        fields = [
            "title",
            "minutes",
            "step_minutes",
            "before_minutes",
            "after_minutes",
            "notice_minutes",
            "ahead_days",
            "confirms_at_once",
            "without_conversation",
            "hold_minutes",
            "cancel_until_minutes",
            "no_show_minutes",
            "no_show_limit",
            "is_active",
        ]

    def __init__(
        self, *args: Any, store: Store, products: list[Product], resources: list[Resource], **options: Any
    ) -> None:
        self.store, self.products, self.known = store, products, resources
        super().__init__(*args, **options)
        served = self.instance.pk and [row.resource.key for row in self.instance.served_by.all()]
        self.fields["resources"].choices = [(one.key, one.name) for one in resources]  # type: ignore[attr-defined]
        self.initial.setdefault("resources", served or [one.key for one in resources])
        if self.instance.pk is None:
            self.fields["product"] = forms.ChoiceField(
                label=_("What is booked"),
                choices=[("", _("A visit to the store")), *((key, title) for key, title, *_rest in self._choices())],
                required=False,
            )
            self.order_fields(["product", "title", "resources"])
        elif not self.instance.is_visit:
            del self.fields["title"]

    def _choices(self) -> list[tuple[str, str, Product, Variant | None]]:
        """Every service as a whole, and its variants where there are several: each may have rules of its own."""
        choices: list[tuple[str, str, Product, Variant | None]] = []
        for product in self.products:
            choices.append((product.slug, product.title, product, None))
            variants = list(product.variants.all())
            if len(variants) > 1:
                choices += [
                    (f"{product.slug}/{one.sku}", f"{product.title} · {one.options_text}", product, one)
                    for one in variants
                ]
        return choices

    def chosen(self) -> tuple[Product | None, Variant | None]:
        """The chosen service and variant; None for a visit."""
        key = self.cleaned_data.get("product", "")
        return next(((product, variant) for one, _t, product, variant in self._choices() if one == key), (None, None))

    def resources_chosen(self) -> list[Resource]:
        return [one for one in self.known if one.key in self.cleaned_data["resources"]]

    def rules_over(self, kept: Bookable | None) -> BookingRules:
        """The cleaned form as the service takes it; what is not on the form stays as it is kept."""
        present = kept or Bookable()
        said = self.cleaned_data
        return BookingRules(
            **{one.name: said.get(one.name, getattr(present, one.name)) for one in fields(BookingRules)}
        )


class ResourceForm(forms.Form):
    """A person, room, chair or machine."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Resource.Kind.choices)
    name = forms.CharField(label=_("Name that shoppers see"), max_length=80)
    capacity = forms.IntegerField(
        label=_("How many at a time"),
        min_value=1,
        max_value=100,
        initial=1,
        help_text=_("Seats of a class, for example."),
    )
    services = forms.MultipleChoiceField(label=_("Does"), required=False, widget=forms.CheckboxSelectMultiple)
    own_hours = forms.BooleanField(
        label=_("Has hours of its own"), required=False, help_text=_("Otherwise the store's opening hours hold.")
    )
    is_active = forms.BooleanField(label=_("Can be reserved"), required=False, initial=True)

    def __init__(
        self, *args: Any, store: Store, bookables: list[Bookable], resource: Resource | None = None, **options: Any
    ) -> None:
        self.store, self.known, self.resource = store, bookables, resource
        initial: dict[str, Any] = {"services": [one.key for one in bookables]}
        if resource is not None:
            names = ("kind", "name", "capacity", "own_hours", "is_active")
            initial = {name: getattr(resource, name) for name in names}
            initial["services"] = [row.bookable.key for row in resource.services.all()]
        super().__init__(*args, **{**options, "initial": initial})
        self.fields["services"].choices = [(one.key, full_title_of(one)) for one in bookables]  # type: ignore[attr-defined]
        add_translations(self, store.union, ["name"], resource.translations if resource else {})

    def details(self) -> ResourceDetails:
        """The cleaned form as the service takes it."""
        data = self.cleaned_data
        kept = self.resource.translations if self.resource else {}
        return ResourceDetails(
            name=data["name"],
            kind=data["kind"],
            capacity=data["capacity"],
            own_hours=data["own_hours"],
            is_active=data["is_active"],
            position=self.resource.position if self.resource else 0,
            translations=translations_of(self, self.store.union, ["name"], kept),
        )

    def services_chosen(self) -> list[Bookable]:
        return [one for one in self.known if one.key in self.cleaned_data["services"]]


class TimeForm(forms.Form):
    """A time that the store proposes, in the union's time zone; also one that nobody is offered."""

    start = forms.DateTimeField(
        label=_("Time"), widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    )
    resource = forms.ChoiceField(label=_("At whom"), required=False)
    note = forms.CharField(label=_("A word to the shopper"), max_length=500, required=False)
    agreed = forms.BooleanField(
        label=_("Agreed already, by phone for example"), required=False, help_text=_("Then it is confirmed at once.")
    )

    def __init__(self, *args: Any, resources: list[Resource], **options: Any) -> None:
        self.known = resources
        super().__init__(*args, **options)
        self.fields["resource"].choices = [  # type: ignore[attr-defined]
            ("", _("Whoever is free")),
            *((one.key, one.name) for one in resources),
        ]

    def resource_chosen(self) -> Resource | None:
        return choice_of("key", self.known, self.cleaned_data["resource"])


class NewReservationForm(TimeForm):
    """A reservation that the store makes for someone."""

    bookable = forms.ChoiceField(label=_("What"))
    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(label=_("Phone"), max_length=32, required=False, validators=[looks_like_a_phone])

    def __init__(self, *args: Any, bookables: list[Bookable], **options: Any) -> None:
        self.bookables = bookables
        super().__init__(*args, **options)
        self.fields["bookable"].choices = [(one.key, full_title_of(one)) for one in bookables]  # type: ignore[attr-defined]
        self.order_fields(["bookable", "start", "resource", "name", "email", "phone", "note", "agreed"])

    def bookable_chosen(self) -> Bookable:
        found: Bookable = choice_of("key", self.bookables, self.cleaned_data["bookable"])
        return found

    def contact(self) -> Contact:
        """Whom it is for."""
        data = self.cleaned_data
        return Contact(name=data["name"], email=data["email"], phone=data["phone"])
