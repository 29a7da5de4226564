"""What buyers write about what they bought."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.forms.responses import PicturesField


class ReviewForm(forms.Form):
    """Stars and words about something that was bought."""

    stars = forms.TypedChoiceField(
        label=_("How is it?"),
        coerce=int,
        choices=[
            (5, _("5 stars: very good")),
            (4, _("4 stars: good")),
            (3, _("3 stars: all right")),
            (2, _("2 stars: poor")),
            (1, _("1 star: bad")),
        ],
        widget=forms.RadioSelect,
    )
    title = forms.CharField(label=_("In one line"), max_length=120, required=False)
    words = forms.CharField(
        label=_("What others should know"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    pictures = PicturesField(help_text=_("Up to four, for all to see."))
    author_name = forms.CharField(label=_("Shown name"), max_length=80)
