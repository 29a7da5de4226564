"""Forms of the stock pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class StockAction(TextChoices):
    """What staff do with stock."""

    RECEIVE = "receive", _("Add to stock")
    TAKE_OUT = "take_out", _("Remove from stock")
    ADJUST = "adjust", _("Set to what was counted")


class StockForm(forms.Form):
    """A change of one variant's stock, with its reason; laying in is the ordinary case and needs none."""

    action = forms.ChoiceField(label=_("What happens"), choices=StockAction.choices)
    quantity = forms.IntegerField(label=_("Pieces"), min_value=0, max_value=1_000_000)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        required=False,
        help_text=_("Needed when you take out or correct."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("reason") and data.get("action") in (StockAction.TAKE_OUT, StockAction.ADJUST):
            self.add_error("reason", _("Say why: whoever looks at the movements later will ask."))
        return data


class LowForm(forms.Form):
    """At how many pieces staff are told, how many are ordered then, and where the article lies."""

    low_at = forms.IntegerField(label=_("Tell staff when only this many are left"), min_value=0, max_value=1_000_000)
    reorder_quantity = forms.IntegerField(
        label=_("Then order so many"),
        min_value=0,
        max_value=1_000_000,
        required=False,
        help_text=_("0: as many as are sold until the next delivery."),
    )
    shelf = forms.CharField(label=_("Shelf"), max_length=40, required=False)
