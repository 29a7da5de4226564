"""Codes: what a store or union types to make them, and where a shopper enters one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chat.models import Campaign, Manager
from chat.services.codes import MOST_USES
from core.localized import language_name
from stores.forms.fields import MoneyField
from stores.models import Product, Store
from unions.models import Union


class CodeForm(forms.Form):
    """One field; hyphens, spaces and small letters do not matter."""

    code = forms.CharField(
        label=_("Your code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "inputmode": "text"}
        ),
        help_text=_("It stands in the letter or e-mail you got, or beside the QR code."),
    )


class CampaignForm(forms.ModelForm):
    """A campaign; the rule's fields are put together into one.

    They are a list's alone: of another kind they say nothing, whatever was typed before the kind was chosen.
    """

    product: forms.ModelChoiceField[Product] = forms.ModelChoiceField(label=_("Item"), queryset=None, required=False)
    manager: forms.ModelChoiceField[Manager] = forms.ModelChoiceField(
        label=_("Who answers"), queryset=None, required=False
    )
    rule_spent = forms.IntegerField(required=False)
    rule_member = forms.BooleanField(label=_("Who is a preferred buyer"), required=False)
    rule_product: forms.ModelChoiceField[Product] = forms.ModelChoiceField(
        label=_("Who has bought"), queryset=None, required=False, empty_label="—"
    )
    rule_days = forms.IntegerField(label=_("Looking back, days"), min_value=1, max_value=3650, initial=365)

    field_order = ["kind", "name", "short", "product", "department", "manager", "words", "expires_at"]

    class Meta:
        model = Campaign
        fields = ["name", "short", "kind", "department", "words", "expires_at"]
        widgets = {
            "expires_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        }

    def __init__(self, *args: Any, union: Union, store: Store | None, **options: Any) -> None:
        super().__init__(*args, **options)
        products = Product.objects.filter(union=union, archived_at=None).order_by("title")
        if store is not None:
            products = products.filter(store=store)
        self.fields["product"].queryset = products  # type: ignore[attr-defined]
        self.fields["rule_product"].queryset = products  # type: ignore[attr-defined]
        managers = Manager.objects.filter(union=union, store=store).select_related("user")
        self.fields["manager"].queryset = managers  # type: ignore[attr-defined]
        self.fields["rule_spent"] = MoneyField(
            label=_("Who has spent at least"), currency=union.currency, required=False
        )
        self.fields["product"].initial = self.instance.product_id
        self.fields["manager"].initial = self.instance.manager_id
        rule = self.instance.rule or {}
        for name in ("spent", "member", "product", "days"):
            if name in rule:
                self.fields[f"rule_{name}"].initial = rule[name]

    @property
    def of_all(self) -> list[forms.BoundField]:
        """What every kind needs."""
        return [field for field in self if not field.name.startswith("rule_")]

    @property
    def of_lists(self) -> list[forms.BoundField]:
        """Who is put on a list by itself."""
        return [field for field in self if field.name.startswith("rule_")]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("kind") != Campaign.Kind.LIST:
            for field in self.of_lists:
                self.errors.pop(field.name, None)
        return given

    @property
    def rule(self) -> dict[str, Any]:
        """Only what was chosen; an empty rule puts nobody on the list."""
        given = self.cleaned_data
        if given["kind"] != Campaign.Kind.LIST:
            return {}
        product = given.get("rule_product")
        rule = {
            "product": product.pk if product else None,
            "spent": given.get("rule_spent"),
            "member": given.get("rule_member"),
        }
        rule = {name: value for name, value in rule.items() if value}
        return rule | {"days": given["rule_days"]} if rule else {}

    @property
    def values(self) -> dict[str, Any]:
        """For save_campaign."""
        names = [*self.Meta.fields, "product", "manager"]
        return {name: self.cleaned_data[name] for name in names} | {"rule": self.rule}


class PersonForm(forms.Form):
    """One person who gets a code."""

    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    email = forms.EmailField(label=_("E-mail address"), required=False)
    address = forms.CharField(
        label=_("Postal address, for a letter"),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    language = forms.ChoiceField(label=_("Language"))
    max_uses = forms.IntegerField(
        label=_("Uses at most (empty: any number)"), min_value=1, max_value=MOST_USES, required=False, initial=1
    )

    def __init__(self, *args: Any, union: Union, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["language"].choices = [(code, language_name(code)) for code in union.languages]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("email") and not (given.get("name") and given.get("address")):
            raise forms.ValidationError(_("Give an e-mail address, or a name and a postal address."))
        return given


class PrintForm(forms.Form):
    """Codes for printed matter."""

    label = forms.CharField(label=_("Where it stands"), max_length=80, help_text=_("Such as “shop window”."))
    quantity = forms.IntegerField(label=_("How many codes"), min_value=1, max_value=5000, initial=1)
    max_uses = forms.IntegerField(
        label=_("Uses at most (empty: any number)"), min_value=1, max_value=MOST_USES, required=False
    )


class ListForm(forms.Form):
    """A file of people."""

    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("Columns: reference, name, email, line1, line2, postal_code, city, country, language."),
    )
    max_uses = forms.IntegerField(
        label=_("Uses at most (empty: any number)"), min_value=1, max_value=MOST_USES, required=False, initial=1
    )
    is_dry = forms.BooleanField(label=_("Only try: change nothing"), required=False)
