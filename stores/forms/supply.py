"""Forms of suppliers, purchase orders and sheets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from stores.forms.fields import MoneyField
from stores.models import Category, PurchaseOrder, StockSheet, Store, Supplier, SupplierGood
from stores.services.supply.suppliers import GoodTerms, SupplierDetails


class SupplierForm(forms.ModelForm):
    """A supplier of the store."""

    class Meta:
        model = Supplier
        fields = ["name", "contact", "email", "phone", "address", "customer_number", "terms", "lead_days", "is_active"]
        widgets = {"address": forms.Textarea(attrs={"rows": 3}), "terms": forms.Textarea(attrs={"rows": 3})}

    def details(self) -> SupplierDetails:
        """The cleaned form as the service takes it."""
        return SupplierDetails(**{name: self.cleaned_data[name] for name in self.Meta.fields})

    def validate_unique(self) -> None:
        """The service says whether the name is taken in this store."""


class GoodForm(forms.Form):
    """What an article costs at a supplier."""

    article = forms.CharField(label=_("Number or bar code of the article"), max_length=64)
    code = forms.CharField(label=_("Number there"), max_length=64, required=False)
    price = forms.CharField()
    pack_size = forms.IntegerField(label=_("Pieces in a pack"), min_value=1, max_value=1_000_000, initial=1)
    minimum = forms.IntegerField(label=_("Least order in pieces"), min_value=1, max_value=1_000_000, initial=1)
    is_preferred = forms.BooleanField(label=_("Order it here first"), required=False)

    def __init__(self, *args: Any, store: Store, good: SupplierGood | None = None, **options: Any) -> None:
        if good is not None:
            options["initial"] = {
                "article": good.variant.sku,
                "code": good.code,
                "price": good.price,
                "pack_size": good.pack_size,
                "minimum": good.minimum,
                "is_preferred": good.is_preferred,
            }
        super().__init__(*args, **options)
        self.fields["price"] = MoneyField(
            label=_("Price of a piece there"),
            currency=store.union.currency,
            help_text=_("In %(currency)s, without what you may deduct.") % {"currency": store.union.currency},
        )

    def terms(self) -> GoodTerms:
        """The cleaned form as the service takes it."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "article"}
        return GoodTerms(**data)


class NewOrderForm(forms.Form):
    """To whom the next order goes."""

    supplier = forms.ChoiceField(label=_("Supplier"))
    note = forms.CharField(label=_("Note to the supplier"), max_length=400, required=False)

    def __init__(self, *args: Any, suppliers: Iterable[Supplier], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["supplier"].choices = [(one.ref, one.name) for one in suppliers]  # type: ignore[attr-defined]


class OrderLineForm(forms.Form):
    """One article on a draft; 0 pieces take it off."""

    article = forms.CharField(label=_("Number or bar code of the article"), max_length=64)
    quantity = forms.IntegerField(label=_("Pieces"), min_value=0, max_value=1_000_000)
    price = forms.CharField()

    def __init__(self, *args: Any, store: Store, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["price"] = MoneyField(
            label=_("Price of a piece"),
            currency=store.union.currency,
            required=False,
            help_text=_("Empty: as in the supplier's list."),
        )


class SendForm(forms.Form):
    """When the goods are expected."""

    expected_on = forms.DateField(
        label=_("Expected on"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("Empty: after the supplier's usual days."),
    )


class SheetForm(forms.Form):
    """A new sheet; which fields it has depends on what it is for."""

    def __init__(
        self,
        *args: Any,
        kind: str,
        suppliers: Iterable[Supplier] = (),
        orders: Iterable[PurchaseOrder] = (),
        stores: Iterable[Store] = (),
        categories: Iterable[Category] = (),
        shelves: Iterable[str] = (),
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        nothing = [("", "–")]
        if kind == StockSheet.Kind.LAY_IN:
            self.fields["purchase_order"] = forms.ChoiceField(
                label=_("For the order"),
                required=False,
                choices=[*nothing, *((one.number, f"{one.number} · {one.supplier.name}") for one in orders)],
            )
            self.fields["supplier"] = forms.ChoiceField(
                label=_("Or from the supplier"),
                required=False,
                choices=[*nothing, *((one.ref, one.name) for one in suppliers)],
            )
            self.fields["delivery_note"] = forms.CharField(
                label=_("Number of the delivery note"),
                max_length=60,
                required=False,
                help_text=_("The same note of a supplier is booked once."),
            )
        if kind == StockSheet.Kind.TAKE_OUT:
            self.fields["cause"] = forms.ChoiceField(label=_("Why"), choices=StockSheet.Cause.choices)
        if kind == StockSheet.Kind.TRANSFER:
            self.fields["other_store"] = forms.ChoiceField(
                label=_("To which store"), choices=[(one.slug, one.name) for one in stores]
            )
        if kind == StockSheet.Kind.COUNT:
            self.fields["category"] = forms.ChoiceField(
                label=_("Only this category"),
                required=False,
                choices=[*nothing, *((str(one.pk), one.name) for one in categories)],
            )
            self.fields["shelf"] = forms.ChoiceField(
                label=_("Only this shelf"), required=False, choices=[*nothing, *((name, name) for name in shelves)]
            )
        self.fields["note"] = forms.CharField(label=_("Note"), max_length=200, required=False)


class ScanForm(forms.Form):
    """A bar code from a scanner, a keyboard or a photo."""

    code = forms.CharField(label=_("Bar code or number"), max_length=80, required=False)
    photo = forms.FileField(label=_("Or a photo of the bar code"), required=False)


class PiecesForm(forms.Form):
    """The pieces of a line of a sheet."""

    quantity = forms.IntegerField(label=_("Pieces"), min_value=0, max_value=1_000_000)
