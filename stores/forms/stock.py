"""Forms of the stock pages."""

from __future__ import annotations

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class StockAction(TextChoices):
    """What staff do with stock."""

    RECEIVE = "receive", _("Lay in")
    TAKE_OUT = "take_out", _("Take out")
    ADJUST = "adjust", _("Set to what was counted")


class StockForm(forms.Form):
    """A change of one variant's stock, with its reason."""

    action = forms.ChoiceField(label=_("What happens"), choices=StockAction.choices)
    quantity = forms.IntegerField(label=_("Pieces"), min_value=0, max_value=1_000_000)
    reason = forms.CharField(label=_("Reason"), max_length=200)


class LowForm(forms.Form):
    """At how many pieces staff are told."""

    low_at = forms.IntegerField(label=_("Tell staff when only this many are left"), min_value=0, max_value=1_000_000)
