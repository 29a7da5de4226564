"""What a person at the counter answers, what the store wants to be called for, and how it takes calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from core.money import format_money
from matching.forms.codes import SignalCodeField
from matching.models import CallSettings, MatchRequest, MatchResponse
from matching.models.limits import FARTHEST_KM, MOST_PIECES
from matching.queries.counter import FreeTime
from matching.queries.fitting import Fitting
from matching.services.answering import USUAL, Answer
from matching.services.subscribing import Reach
from orders.queries.bookables import full_title_of
from stores.forms.fields import MoneyField
from stores.models import Store

Way = MatchResponse.Way
OWN, TALK, TIME = "own", "talk", "time"
HOLDS = (
    (30, _("half an hour")),
    (120, _("two hours")),
    (24 * 60, _("a day")),
    (3 * 24 * 60, _("three days")),
)


class AnswerForm(forms.Form):
    """One choice and a press send an answer; everything else may stay as it is."""

    choice = forms.ChoiceField(label=_("What do you offer?"), choices=())
    title = forms.CharField(label=_("What it is, in your words"), max_length=200, required=False)
    time = forms.ChoiceField(label=_("Free times"), choices=(), required=False)
    quantity = forms.IntegerField(
        label=_("How many"), min_value=1, max_value=MOST_PIECES, required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    available_at = forms.DateTimeField(
        label=_("Available from"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Left empty: at once."),
    )
    holds = forms.TypedChoiceField(
        label=_("The answer holds for"), choices=HOLDS, coerce=int, initial=120, required=False, empty_value=None
    )
    is_used_good = forms.BooleanField(label=_("It is a used good"), required=False)
    words = forms.CharField(
        label=_("Some words with it"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    picture = forms.FileField(label=_("Picture"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"}))

    MORE = ("quantity", "delivery", "available_at", "holds", "is_used_good", "picture")

    def __init__(
        self,
        *args: Any,
        store: Store,
        request: MatchRequest,
        goods: list[Fitting],
        times: list[FreeTime],
        given: MatchResponse | None = None,
        **options: Any,
    ) -> None:
        self.store, self.request, self.goods, self.times = store, request, goods, times
        options["initial"] = _initial(request, given, times)
        super().__init__(*args, **options)
        currency = store.union.currency
        self.fields["price"] = MoneyField(
            label=_("Price of one"), currency=currency, required=False, min_value=1,
            help_text=_("Left empty: the price of the chosen good."),
        )  # fmt: skip
        self.fields["delivery"] = MoneyField(
            label=_("Delivery"), currency=currency, required=False,
            help_text=_("What your way of delivery costs for it; it is charged at the checkout."),
        )  # fmt: skip
        self.fields["time"].choices = [(time.key, _time_text(time)) for time in times]  # type: ignore[attr-defined]
        values = [option["value"] for option in self.options()]
        self.fields["choice"].choices = [(value, value) for value in values]  # type: ignore[attr-defined]

    def options(self) -> list[dict[str, Any]]:
        """The choices as big cards: goods with price and stock, times, own words, a talk."""
        chosen = self["choice"].value() or (str(self.goods[0].variant.pk) if self.goods else OWN)
        currency = self.store.union.currency
        found: list[dict[str, Any]] = [
            {
                "value": str(good.variant.pk),
                "title": _title(good),
                "price": format_money(good.variant.price, currency),
                "text": _stock(good),
                "fills": self["price"].field.prepare_value(good.variant.price),
            }
            for good in self.goods
        ]
        if self.times:
            found.append({"value": TIME, "title": _("A time"), "text": _("One that is free, reserved with one press.")})
        found += [
            {"value": OWN, "title": _("Something else"), "text": _("Say what it is and name a price.")},
            {
                "value": TALK,
                "title": _("Let us talk"),
                "text": _("Without a price: the shopper begins a conversation."),
            },
        ]
        return [{**option, "chosen": option["value"] == chosen} for option in found]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("choice") == TIME and not data.get("time") and "time" not in self.errors:
            self.add_error("time", _("Say when."))
        if data.get("choice") == OWN:
            if not data.get("title"):
                self.add_error("title", _("Say what you offer."))
            if data.get("price") is None and "price" not in self.errors:
                self.add_error("price", _("Name a price."))
        return data

    def answer(self) -> Answer:
        """What was said, as the service takes it."""
        data, choice = self.cleaned_data, self.cleaned_data["choice"]
        common: dict[str, Any] = {
            "price": data["price"],
            "quantity": data["quantity"] or self.request.quantity,
            "delivery": data["delivery"],
            "available_at": data["available_at"],
            "is_used_good": data["is_used_good"],
            "words": data["words"],
            "holds": USUAL if data["holds"] is None else timedelta(minutes=data["holds"]),
        }
        if choice == TALK:
            return Answer(**{**common, "way": Way.TALK, "title": data["title"]})
        if choice == TIME:
            time = next(each for each in self.times if each.key == data["time"])
            title = full_title_of(time.bookable)
            said = {"way": Way.TIME, "title": title, "bookable": time.bookable, "available_at": time.starts_at}
            return Answer(**{**common, **said})
        if choice == OWN:
            return Answer(**{**common, "title": data["title"]})
        good = next(each for each in self.goods if str(each.variant.pk) == choice)
        price = data["price"] if data["price"] is not None else good.variant.price
        return Answer(**{**common, "price": price, "title": _title(good), "variant": good.variant})


def _initial(request: MatchRequest, given: MatchResponse | None, times: list[FreeTime]) -> dict[str, Any]:
    """What was answered before, to be changed."""
    if given is None or given.state != MatchResponse.State.OFFERED:
        return {"quantity": request.quantity}
    choice = str(given.variant_id or OWN)
    if given.way == Way.TALK:
        choice = TALK
    elif given.way == Way.TIME:
        choice = TIME if times else OWN
    names = ("title", "price", "quantity", "delivery", "is_used_good", "words")
    available = given.available_at if given.way != Way.TIME else None
    time = next((each.key for each in times if each.starts_at == given.available_at), None)
    kept = {name: getattr(given, name) for name in names}
    return {"choice": choice, "available_at": available, "time": time, **kept}


def _time_text(time: FreeTime) -> str:
    return f"{date_format(localtime(time.starts_at), 'SHORT_DATETIME_FORMAT')} · {full_title_of(time.bookable)}"


def _title(good: Fitting) -> str:
    options = good.variant.options_text
    return f"{good.variant.product.title} · {options}" if options else str(good.variant.product.title)


def _stock(good: Fitting) -> Any:
    if good.available is None:
        return _("always there")
    return _("%(count)d in stock") % {"count": good.available}


class SettingsForm(forms.ModelForm):
    """How the store takes calls."""

    class Meta:
        model = CallSettings
        fields = ["takes_calls", "only_open", "most_a_day", "answers_itself", "valid_minutes", "words"]
        labels = {"takes_calls": _("Take shoppers’ wishes")}
        help_texts = {
            "most_a_day": _("Left empty: as many as there are."),
            "answers_itself": _("What fits the words, the budget and the quantity is offered at once at your price."),
            "words": _("For example: can be picked up today."),
        }


class SubscriptionForm(forms.Form):
    """One kind of goods or service to be called for."""

    code = SignalCodeField()
    reach_km = forms.IntegerField(
        label=_("Only for shoppers within, km"), min_value=1, max_value=FARTHEST_KM, required=False,
        help_text=_("Left empty: from anywhere."), widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, label in (("budget_from", _("Only with a budget from")), ("budget_to", _("… up to"))):
            self.fields[name] = MoneyField(label=label, currency=currency, required=False)

    def reach(self) -> Reach:
        """How far and for how much."""
        data = self.cleaned_data
        return Reach(data["reach_km"], data["budget_from"], data["budget_to"])
