"""What shoppers and stores type about prices."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.models import PriceProposal, ProposalRule
from orders.services.cart import MOST_OF_ONE
from stores.forms.fields import MoneyField
from stores.models import Product, Store, Variant


class AnswerForm(forms.Form):
    """Yes or no to a price: what it answers to, and a word."""

    expected = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    note = forms.CharField(label=_("A word with it"), required=False, max_length=500)


class PriceForm(AnswerForm):
    """Another price, what it answers to, and a word."""

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["price"] = MoneyField(label=_("Price of one"), currency=currency)
        self.order_fields(["price", "note", "expected"])


def answers_to(proposal: PriceProposal, *, moves: Collection[str]) -> dict[str, forms.Form]:
    """The two forms of a page on which it can be answered: yes or no (`answer`), and another price (`form`)."""
    if "counter" not in moves:
        return {}
    initial = {"expected": proposal.price}
    return {
        "answer": AnswerForm(initial=initial, auto_id="id_answer_%s"),
        "form": PriceForm(currency=proposal.currency, initial=initial),
    }


class DealForm(forms.Form):
    """In a conversation: so many of which one, at a price of one; the store may leave it out for the usual one."""

    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=MOST_OF_ONE, initial=1)

    def __init__(self, *args: Any, variants: list[Variant], currency: str, needs_price: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["price"] = MoneyField(label=_("Price of one"), currency=currency, required=needs_price)
        self.fields["variant"] = forms.ChoiceField(
            label=_("Which one"), choices=[(str(one.pk), one.options_text or one.sku) for one in variants]
        )
        if len(variants) == 1:
            self.fields["variant"].widget = forms.HiddenInput()
            self.fields["variant"].initial = str(variants[0].pk)


class OfferForm(PriceForm):
    """A shopper's offer from a product's page."""

    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=MOST_OF_ONE, initial=1)
    name = forms.CharField(label=_("Your name"), max_length=120, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)

    def __init__(self, *args: Any, variants: list[Variant], signed_in: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["variant"] = forms.ChoiceField(
            label=_("Which one"), choices=[(str(one.pk), one.options_text or one.sku) for one in variants]
        )
        if len(variants) == 1:
            self.fields["variant"].widget = forms.HiddenInput()
            self.fields["variant"].initial = str(variants[0].pk)
        if signed_in:
            del self.fields["name"], self.fields["email"]
        else:
            self.fields["email"].required = True
        del self.fields["expected"]
        self.order_fields(["variant", "quantity", "price", "note", "name", "email"])


class RuleForm(forms.ModelForm):
    """The store's own answers for a product. Prices are of one piece."""

    class Meta:
        model = ProposalRule
        fields = ["most_rounds", "answer_minutes", "hold_minutes", "is_active"]

    def __init__(self, *args: Any, store: Store, **options: Any) -> None:
        super().__init__(*args, **options)
        self.store = store
        currency = store.union.currency
        labels = {"accept_from": _("accept from"), "counter_with": _("counter with"), "floor": _("decline below")}
        for name, label in labels.items():
            self.fields[name] = MoneyField(
                currency=currency, label=label, required=False, initial=getattr(self.instance, name)
            )
        goods = Product.objects.filter(union_id=store.union_id, store=store, archived_at=None).order_by("title")
        if self.instance.pk is None:
            self.fields["product"] = forms.ModelChoiceField(label=_("For what"), queryset=goods)
        self.order_fields(["product", "accept_from", "counter_with", "floor"])

    def clean(self) -> dict[str, Any]:
        """What is taken or named by itself is never below what is declined."""
        cleaned: dict[str, Any] = super().clean() or {}
        floor = cleaned.get("floor")
        for name in ("accept_from", "counter_with"):
            if floor is not None and cleaned.get(name) is not None and cleaned[name] < floor:
                self.add_error(name, _("This is below what you decline."))
        return cleaned

    def prices(self) -> dict[str, int | None]:
        """Minor units."""
        return {name: self.cleaned_data[name] for name in ("accept_from", "counter_with", "floor")}
