"""What a provider types about its prices."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ascc.models import ProviderPrice
from core.localized import localized
from stores.forms.fields import MoneyField, add_translations, translations_of
from unions.models import SignalCode, Union


class PriceForm(forms.Form):
    """One line of the price list, in the union's languages."""

    title = forms.CharField(label=_("What for"), max_length=120, help_text=_("Such as a call-out, or an hour of work."))

    def __init__(
        self,
        *args: Any,
        union: Union,
        tree: list[tuple[SignalCode, list[SignalCode]]],
        price: ProviderPrice | None = None,
        **options: Any,
    ) -> None:
        self.union, self.price = union, price
        if price is not None:
            names = ("title", "amount", "unit", "code")
            options.setdefault("initial", {name: getattr(price, name) for name in names})
        super().__init__(*args, **options)
        self.fields["amount"] = MoneyField(label=_("Amount"), currency=union.currency)
        self.fields["unit"] = forms.ChoiceField(label=_("Per"), choices=ProviderPrice.Unit.choices)
        choices = [(top.code, [(code.code, localized(code, "title")) for code in (top, *below)]) for top, below in tree]
        titles = {top.code: localized(top, "title") for top, _below in tree}
        self.fields["code"] = forms.ChoiceField(
            label=_("About"),
            required=False,
            choices=[("", _("Any kind of work")), *((titles[top], group) for top, group in choices)],
        )
        add_translations(self, union, ["title"], price.translations if price is not None else {})

    def said(self) -> dict[str, Any]:
        """The cleaned form as the service takes it."""
        kept = self.price.translations if self.price is not None else {}
        said = {name: self.cleaned_data[name] for name in ("title", "amount", "unit", "code")}
        return {**said, "translations": translations_of(self, self.union, ["title"], kept)}
