"""What a store offers instead of pieces that are not to be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.money import as_minor, exponent_of
from orders.forms.pieces import goods_named
from orders.models import OrderLine, Substitution
from orders.services.substituting import Offer
from stores.models import Store, Variant


class SubstituteForm(forms.Form):
    """For which line, what, until when, and what becomes of it without a yes."""

    line = forms.TypedChoiceField(label=_("Instead of"), coerce=int)
    quantity = forms.IntegerField(label=_("Pieces"), min_value=1, max_value=999, initial=1)
    sku = forms.CharField(
        label=_("What you offer"), max_length=64, help_text=_("Its stock keeping unit. It is set aside meanwhile.")
    )
    words = forms.CharField(label=_("A word to the shopper"), max_length=200, required=False)
    hours = forms.IntegerField(label=_("Hours to answer"), min_value=1, max_value=168, initial=24)
    otherwise = forms.ChoiceField(
        label=_("Without a yes"),
        choices=Substitution.Otherwise.choices,
        initial=Substitution.Otherwise.CALL_OFF,
        widget=forms.RadioSelect,
    )
    restock = forms.BooleanField(label=_("The replaced pieces are there and go back into stock"), required=False)

    def __init__(
        self, data: Any = None, *, store: Store, lines: Sequence[OrderLine], left: Mapping[int, int], **rest: Any
    ) -> None:
        super().__init__(data, **rest)
        self.store = store
        chosen = [line for line in lines if left.get(line.pk, 0) > 0]
        self.fields["line"].choices = [  # type: ignore[attr-defined]
            (line.pk, f"{left[line.pk]} × {line.title}" + (f", {line.options}" if line.options else ""))
            for line in chosen
        ]
        self.fields["price"] = forms.DecimalField(
            label=_("Price of one"),
            help_text=_("Empty: what it costs today, but never more than what was paid."),
            min_value=0,
            decimal_places=exponent_of(store.union.currency),
            max_digits=14,
            required=False,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        )
        self.order_fields(["line", "quantity", "sku", "price", "words", "hours", "otherwise", "restock"])

    def clean_sku(self) -> Variant:
        """The store's active variant with it."""
        return goods_named(self.store, self.cleaned_data["sku"])

    @property
    def offer(self) -> Offer:
        """What the service takes; only once it is valid."""
        said = self.cleaned_data
        price = None if said["price"] is None else as_minor(said["price"], self.store.union.currency)
        return Offer(
            line_id=said["line"],
            quantity=said["quantity"],
            variant=said["sku"],
            unit_price=price,
            words=said["words"],
            otherwise=said["otherwise"],
            restock=said["restock"],
        )
