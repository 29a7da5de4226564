"""What shoppers and stores say about goods that come back."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.money import as_minor, as_typed, exponent_of
from orders.forms.pieces import PiecesForm, goods_named
from orders.models import Return, ReturnLine, ReturnRule
from orders.services.returns import Received
from orders.services.returns.exchanging import Instead
from stores.models import Store, Variant


class ReturnForm(PiecesForm):
    """Which pieces, why, and what is wished for instead."""

    reason = forms.CharField(label=_("What is the matter with it?"), max_length=200)
    wish = forms.ChoiceField(
        label=_("What would you like?"),
        choices=Return.Wish.choices,
        initial=Return.Wish.REFUND,
        widget=forms.RadioSelect,
    )
    photo = forms.FileField(
        label=_("A photo, if it helps"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"})
    )


class AnswerForm(forms.Form):
    """The store's word to the shopper."""

    answer = forms.CharField(
        label=_("Your word to the shopper"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class DeclineForm(forms.Form):
    """Why not."""

    answer = forms.CharField(label=_("Why not?"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class ReceiveForm(forms.Form):
    """Of each line: how many pieces can be sold again, how many cannot."""

    def __init__(self, data: Any = None, *, lines: Sequence[ReturnLine], **rest: Any) -> None:
        super().__init__(data, **rest)
        self.lines = lines
        number = forms.NumberInput(attrs={"inputmode": "numeric"})
        for line in lines:
            of = {"title": line.title, "count": line.quantity}
            self.fields[f"restock_{line.pk}"] = forms.IntegerField(
                label=_("%(title)s: back into stock") % of,
                help_text=_("of %(count)d") % of,
                min_value=0,
                max_value=line.quantity,
                initial=line.quantity,
                required=False,
                widget=number,
            )
            self.fields[f"write_off_{line.pk}"] = forms.IntegerField(
                label=_("%(title)s: written off") % of,
                min_value=0,
                max_value=line.quantity,
                initial=0,
                required=False,
                widget=number,
            )
            for part in ("restock", "write_off"):
                self.fields[f"{part}_{line.pk}"].may_be_needed = True  # type: ignore[attr-defined]
        self.fields["note"] = forms.CharField(label=_("In which condition?"), max_length=200, required=False)

    @property
    def pieces(self) -> dict[int, Received]:
        """By id of the line; only once it is valid."""
        said = self.cleaned_data
        return {
            line.pk: Received(said.get(f"restock_{line.pk}") or 0, said.get(f"write_off_{line.pk}") or 0)
            for line in self.lines
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        for line in self.lines:
            part = self.pieces[line.pk]
            if part.restock + part.write_off > line.quantity:
                self.add_error(f"write_off_{line.pk}", _("Together these are more pieces than were to come."))
        if not self.errors and not any(part.restock + part.write_off for part in self.pieces.values()):
            raise forms.ValidationError(_("Say how many pieces have come."))
        return cleaned


class RefundForm(forms.Form):
    """How much goes back; less than all of it needs a reason. Amounts as people write them."""

    reason = forms.CharField(
        label=_("Reason, if it is less"), max_length=200, required=False, help_text=_("The shopper will read it.")
    )

    def __init__(self, data: Any = None, *, currency: str, most: int, delivery: int, **rest: Any) -> None:
        super().__init__(data, **rest)
        self.currency = currency
        digits = exponent_of(currency)
        self.fields["amount"] = forms.DecimalField(
            label=_("For the pieces"),
            min_value=0,
            decimal_places=digits,
            max_digits=14,
            initial=as_typed(most, currency),
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        )
        self.has_delivery = delivery > 0
        if self.has_delivery:
            self.fields["delivery"] = forms.DecimalField(
                label=_("For the delivery"),
                help_text=_("at most %(amount)s") % {"amount": as_typed(delivery, currency)},
                min_value=0,
                decimal_places=digits,
                max_digits=14,
                initial=0,
                required=False,
                widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            )
        self.order_fields(["amount", "delivery", "reason"])

    @property
    def wanted(self) -> dict[str, Any]:
        """What the service takes; only once it is valid."""
        said = self.cleaned_data
        delivery = said.get("delivery") or Decimal(0)
        return {
            "amount": as_minor(said["amount"], self.currency),
            "delivery": as_minor(delivery, self.currency),
            "reason": said["reason"],
        }

    def take(self, refusal: DomainError) -> None:
        """Show a refusal beside the field it names."""
        field = getattr(refusal, "field", None)
        self.add_error(field if field in self.fields else None, str(refusal))


class ExchangeForm(forms.Form):
    """What is sent instead: by its stock keeping unit, with the price that counts where that is not the usual one."""

    sku = forms.CharField(label=_("Stock keeping unit"), max_length=64)
    quantity = forms.IntegerField(label=_("Pieces"), min_value=1, max_value=999)

    def __init__(self, data: Any = None, *, store: Store, lines: Sequence[ReturnLine], **rest: Any) -> None:
        came = [line for line in lines if line.received]
        usual = {"sku": came[0].sku, "quantity": came[0].received} if came else {}
        super().__init__(data, initial=usual, **rest)
        self.store = store
        currency = store.union.currency
        self.fields["price"] = forms.DecimalField(
            label=_("Price of one"),
            help_text=_("Empty: what was paid for the same, otherwise what it costs today."),
            min_value=0,
            decimal_places=exponent_of(currency),
            max_digits=14,
            required=False,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        )

    def clean_sku(self) -> Variant:
        """The store's active variant with it."""
        return goods_named(self.store, self.cleaned_data["sku"])

    @property
    def wanted(self) -> Instead:
        """What the service takes; only once it is valid."""
        said = self.cleaned_data
        price = None if said["price"] is None else as_minor(said["price"], self.store.union.currency)
        return Instead(said["sku"], said["quantity"], price)


class ReturnRuleForm(forms.ModelForm):
    """Days and words of a store."""

    class Meta:
        model = ReturnRule
        fields = ("days", "words")
        widgets = {"words": forms.Textarea(attrs={"rows": 3})}
