"""What a shopper says of a wish, and who they are when an answer is used."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from matching.forms.codes import SignalCodeField
from matching.forms.fields import PicturesField
from matching.models import MatchRequest
from matching.models.limits import MOST_PIECES, MOST_STORES
from matching.services.throwing import Wish
from stores.forms.fields import MoneyField
from stores.models import Store
from unions.models import Union

WITHIN = (
    (5, _("5 minutes")),
    (30, _("half an hour")),
    (120, _("two hours")),
    (24 * 60, _("a day")),
)
BY = (("", _("whenever")), ("2", _("within two hours")), ("24", _("within a day")), ("168", _("within a week")))
REACH = (("", _("any distance")), ("5", "5 km"), ("15", "15 km"), ("50", "50 km"))


class WishForm(forms.Form):
    """A wish, with its words first; everything else may stay as it is."""

    template_name = "match/_fields.html"

    words = forms.CharField(
        label=_("What are you looking for?"),
        max_length=300,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "enterkeyhint": "send",
                "data-kept-as": "q",
                "placeholder": _("A lamp for my desk, a present for my aunt…"),
            }
        ),
    )
    code = SignalCodeField(required=False, help_text=_("Left empty, your words are understood."))
    quantity = forms.IntegerField(label=_("How many"), min_value=1, max_value=MOST_PIECES, initial=1)
    condition = forms.ChoiceField(
        label=_("New or used"), choices=MatchRequest.Condition.choices, required=False, initial="any"
    )
    by = forms.ChoiceField(label=_("Wanted"), choices=BY, required=False)
    answers_within = forms.TypedChoiceField(
        label=_("Shops answer within"), choices=WITHIN, coerce=int, initial=30, required=False, empty_value="30"
    )
    reach_km = forms.TypedChoiceField(
        label=_("Shops within"), choices=REACH, coerce=int, required=False, empty_value=None
    )
    scope = forms.ChoiceField(
        label=_("Goes to"), choices=MatchRequest.Scope.choices, required=False, initial=MatchRequest.Scope.UNION
    )
    stores: forms.ModelMultipleChoiceField[Store] = forms.ModelMultipleChoiceField(
        label=_("These shops only"),
        queryset=Store.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    is_watched = forms.BooleanField(label=_("Tell me when nobody has it now and it is laid in later"), required=False)
    email = forms.EmailField(label=_("E-mail address"), required=False)
    pictures = PicturesField(label=_("Pictures of it"), required=False, help_text=_("Up to three."))
    key = forms.CharField(max_length=64, widget=forms.HiddenInput, required=False)

    SECTIONS = (
        (_("Picture, condition, time"), ("pictures", "condition", "by", "answers_within")),
        (_("Which shops"), ("code", "scope", "reach_km", "stores")),
        (_("If nobody has it"), ("is_watched", "email")),
    )

    def __init__(self, *args: Any, union: Union, user: User | None, placed: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.union, self.user = union, user
        self.fields["budget"] = MoneyField(
            label=_("Budget for all of it"), currency=union.currency, required=False, min_value=1
        )
        stores = Store.objects.visible().filter(union=union).order_by("name")
        self.fields["stores"].queryset = stores.filter(pk__in=stores.values("pk")[:MOST_STORES])  # type: ignore[attr-defined]
        if not placed:
            del self.fields["reach_km"]
        if user is not None:
            del self.fields["email"]

    def sections(self) -> list[dict[str, Any]]:
        """What need not be said, folded until it holds something of its own."""
        return [
            {
                "title": title,
                "fields": [self[name] for name in names if name in self.fields],
                "open": any(
                    self[name].errors or (self.is_bound and name in self.changed_data)
                    for name in names
                    if name in self.fields
                ),
            }
            for title, names in self.SECTIONS
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("scope") == MatchRequest.Scope.CHOSEN and not data.get("stores"):
            self.add_error("stores", _("Choose at least one shop."))
        if data.get("is_watched") and self.user is None and not data.get("email"):
            self.add_error("email", _("Where shall we write to?"))
        return data

    def wish(self, *, place: tuple[float, float] | None, now: datetime) -> Wish:
        """What was typed, as the service takes it."""
        data = self.cleaned_data
        stores = [store.pk for store in data["stores"]]
        return Wish(
            words=data["words"],
            code=data["code"],
            quantity=data["quantity"],
            budget=data["budget"],
            condition=data["condition"] or MatchRequest.Condition.ANY,
            latitude=place[0] if place else None,
            longitude=place[1] if place else None,
            reach_km=data.get("reach_km"),
            wanted_by=now + timedelta(hours=int(data["by"])) if data["by"] else None,
            scope=MatchRequest.Scope.CHOSEN if stores else data["scope"] or MatchRequest.Scope.UNION,
            stores=stores,
            answers_within=timedelta(minutes=int(data["answers_within"])),
            email=data.get("email", ""),
            is_watched=data["is_watched"],
            pictures=data["pictures"],
        )
