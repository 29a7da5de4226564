"""The form of an urgent sale."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from stores.forms.fields import MoneyField
from stores.models import Store, UrgentSale, Variant
from stores.services.urgent import SalePlan

MOMENT = "%Y-%m-%dT%H:%M"


class VariantField(forms.ModelChoiceField):
    """Goods by their titles, with how many are there."""

    def label_from_instance(self, obj: Any) -> str:
        words = f"{obj.product.title} · {obj.options_text}" if obj.options else obj.product.title
        level = getattr(obj, "stock", None)
        available = level.available if level is not None else 0
        return _("%(title)s (%(available)d available)") % {"title": words, "available": available}


class SaleForm(forms.Form):
    """What is sold how cheaply, how many of it, from when to when, in the union's time zone."""

    quantity = forms.IntegerField(
        label=_("Pieces"),
        min_value=1,
        max_value=1_000_000,
        help_text=_("They are set aside at once; what is not sold comes back afterwards."),
    )
    percent = forms.IntegerField(label=_("Or per cent off the usual price"), required=False, min_value=1, max_value=99)
    per_shopper = forms.IntegerField(
        label=_("At most so many for each shopper"),
        required=False,
        min_value=1,
        help_text=_("Nothing for as many as they like."),
    )
    starts_at = forms.DateTimeField(
        label=_("Starts"), widget=forms.DateTimeInput(format=MOMENT, attrs={"type": "datetime-local"})
    )
    ends_at = forms.DateTimeField(
        label=_("Ends"), widget=forms.DateTimeInput(format=MOMENT, attrs={"type": "datetime-local"})
    )

    def __init__(self, *args: Any, store: Store, sale: UrgentSale | None = None, **options: Any) -> None:
        if sale is not None:
            options["initial"] = {
                "quantity": sale.level.allotted,
                "price": sale.price,
                "per_shopper": sale.per_shopper,
                "starts_at": sale.starts_at,
                "ends_at": sale.ends_at,
            }
        super().__init__(*args, **options)
        self.sale = sale
        self.fields["price"] = MoneyField(currency=store.union.currency, label=_("Price of one"), required=False)
        if sale is None:
            goods = Variant.objects.filter(
                union=store.union_id, store=store, is_active=True, tracks_stock=True, product__archived_at=None
            )
            self.fields["variant"] = VariantField(
                label=_("What"),
                queryset=goods.select_related("product", "stock").order_by("product__title", "position"),
            )
        self.order_fields(["variant", "quantity", "price", "percent", "per_shopper", "starts_at", "ends_at"])

    def plan(self) -> SalePlan:
        """The cleaned form as the service takes it."""
        said = self.cleaned_data
        return SalePlan(
            variant=self.sale.variant if self.sale is not None else said["variant"],
            quantity=said["quantity"],
            price=said["price"] if not said["percent"] or self.sale is None else None,
            percent=said["percent"],
            per_shopper=said["per_shopper"],
            starts_at=said["starts_at"],
            ends_at=said["ends_at"],
        )
