"""Forms of planned prices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from stores.forms.fields import MoneyField
from stores.models import Store, Variant


def moment_field(**options: Any) -> forms.DateTimeField:
    """A day and a time in the union's time zone."""
    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    return forms.DateTimeField(widget=widget, **options)


class PlanForm(forms.Form):
    """A price from a moment on."""

    variant = forms.TypedChoiceField(label=_("Variant"), coerce=int)
    price = forms.CharField()
    starts_at = moment_field(label=_("From"))
    ends_at = moment_field(
        label=_("Until"), required=False, help_text=_("Empty: for good. Else the price from before comes back.")
    )
    shows_before = forms.BooleanField(
        label=_("Show shoppers the price before, if that is higher"), required=False, initial=True
    )

    def __init__(self, *args: Any, store: Store, variants: Iterable[Variant], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["variant"].choices = [(one.pk, one.options_text or one.sku) for one in variants]  # type: ignore[attr-defined]
        self.fields["price"] = MoneyField(label=_("Price"), currency=store.union.currency)
