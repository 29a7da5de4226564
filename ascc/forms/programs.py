"""The form of a program's version: the same for a store's own programs and for those of the service center."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ascc.models import Coverage, Policy, ProgramVersion
from ascc.models.programs import LONGEST_MONTHS, MOST_VISITS
from ascc.services.programs import Fits, Promise
from stores.forms.fields import MoneyField, add_translations, listed, translations_of
from stores.forms.goods import in_tree
from stores.models import Category, Product, Store
from stores.queries.manage import categories_of
from unions.models import Union

TRANSLATED = ["title", "summary", "terms"]
REWARD_ROWS = 4
MOST_GOODS = 500
"""So many goods of a store can be chosen from; beyond, categories say it better."""
MONEY = {
    "fee": _("Provider's fee per visit"),
    "deductible": _("Of it, the customer pays per visit"),
    "value": _("Worth of a visit, up to"),
    "price": _("Price as an extra"),
    "price_from": _("For goods that cost at least"),
    "price_to": _("For goods that cost at most"),
}


class ProgramForm(forms.Form):
    """What a version promises, for which goods, and what satisfaction is worth. Without `store` it is the center's."""

    title = forms.CharField(label=_("Title"), max_length=120)
    summary = forms.CharField(label=_("In one line"), max_length=200, required=False)
    terms = forms.CharField(
        label=_("Terms"),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Whoever buys under this version keeps these words."),
    )
    covers = forms.MultipleChoiceField(
        label=_("What it covers"), choices=Coverage.choices, widget=forms.CheckboxSelectMultiple
    )
    event = forms.ChoiceField(
        label=_("Begins when the order is"),
        choices=ProgramVersion.Event.choices,
        initial=ProgramVersion.Event.DELIVERED,
    )
    months = forms.IntegerField(label=_("Lasts, months"), min_value=1, max_value=LONGEST_MONTHS, initial=12)
    visits = forms.IntegerField(label=_("Visits"), min_value=1, max_value=MOST_VISITS, initial=1)
    activate_days = forms.IntegerField(
        label=_("To be activated within, days"),
        min_value=0,
        max_value=3650,
        initial=0,
        help_text=_("0: whenever the customer likes."),
    )
    needs_serial = forms.BooleanField(label=_("Ask for the serial number"), required=False)
    needs_photo = forms.BooleanField(label=_("Ask for a photo as proof"), required=False)
    sale = forms.ChoiceField(label=_("How it comes"), choices=ProgramVersion.Sale.choices)
    funding = forms.ChoiceField(label=_("Paid for by"), choices=ProgramVersion.Funding.choices)
    policy: forms.ModelChoiceField[Policy] = forms.ModelChoiceField(
        label=_("Insured under"), queryset=Policy.objects.none(), required=False, empty_label=_("None")
    )
    regions = forms.CharField(
        label=_("Where it holds"),
        max_length=400,
        required=False,
        help_text=_("Regions as ISO 3166-2 names them, with commas between; empty: everywhere."),
    )
    stores: forms.ModelMultipleChoiceField[Store] = forms.ModelMultipleChoiceField(
        label=_("For goods of these stores"), queryset=Store.objects.none(), required=False
    )
    categories: forms.ModelMultipleChoiceField[Category] = forms.ModelMultipleChoiceField(
        label=_("For goods of these categories"),
        queryset=Category.objects.none(),
        required=False,
        help_text=_("None chosen: for all goods."),
    )
    products: forms.ModelMultipleChoiceField[Product] = forms.ModelMultipleChoiceField(
        label=_("For these goods"), queryset=Product.objects.none(), required=False
    )

    template_name = "components/program_fields.html"
    SECTIONS = (
        (_("What it promises"), ("title", "summary", "terms", "covers")),
        (_("When and how often"), ("event", "months", "visits", "activate_days", "needs_serial", "needs_photo")),
        (_("Money"), ("sale", "price", "fee", "deductible", "value", "funding", "policy")),
        (_("For which goods"), ("stores", "categories", "products", "price_from", "price_to", "regions")),
    )

    def __init__(
        self,
        *args: Any,
        union: Union,
        store: Store | None = None,
        version: ProgramVersion | None = None,
        **options: Any,
    ) -> None:
        if version is not None:
            options.setdefault("initial", _said(version))
        super().__init__(*args, **options)
        self.union, self.kept = union, version.translations if version is not None else {}
        for name, label in MONEY.items():
            self.fields[name] = MoneyField(label=label, currency=union.currency, required=name == "fee")
        choices: dict[str, Any] = {"categories": categories_of(union.pk)}
        if store is None:
            choices["policy"] = Policy.objects.filter(union=union)
            choices["stores"] = Store.objects.filter(union=union).order_by("name")
            del self.fields["products"]
        else:
            goods = Product.objects.filter(union=union, store=store, kind=Product.Kind.GOODS, archived_at=None)
            choices["products"] = goods.filter(pk__in=goods.order_by("title").values("pk")[:MOST_GOODS])
            for name in ("funding", "policy", "stores"):
                del self.fields[name]
        for name, found in choices.items():
            self.fields[name].queryset = found  # type: ignore[attr-defined]
        self.fields["categories"].choices = in_tree(choices["categories"])  # type: ignore[attr-defined]
        for number in range(REWARD_ROWS):
            self._reward(number)
        add_translations(self, union, TRANSLATED, self.kept)

    def sections(self) -> list[dict[str, Any]]:
        """The fields as the page groups them; what is rarely needed is closed until it holds something."""
        groups: list[tuple[Any, list[str]]] = [
            (title, [name for name in names if name in self.fields]) for title, names in self.SECTIONS
        ]
        rewards = [f"{part}_{number}" for number in range(REWARD_ROWS) for part in ("stars", "worth")]
        groups.append((_("Rewards for good work"), rewards))
        named = {name for _title, names in groups for name in names}
        groups.append((_("In other languages"), [name for name in self.fields if name not in named]))
        return [
            {
                "title": title,
                "fields": [self[name] for name in names],
                "pairs": names == rewards,
                "open": place < 4 or any(self[name].errors or self[name].value() for name in names),
            }
            for place, (title, names) in enumerate(groups)
            if names
        ]

    def _reward(self, number: int) -> None:
        place = {"number": number + 1}
        self.fields[f"stars_{number}"] = forms.DecimalField(
            label=_("Reward %(number)d: from so many stars on") % place,
            min_value=1,
            max_value=5,
            decimal_places=2,
            required=False,
        )
        self.fields[f"worth_{number}"] = MoneyField(
            label=_("Reward %(number)d: incentive voucher worth") % place, currency=self.union.currency, required=False
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        low, high = data.get("price_from"), data.get("price_to")
        if low is not None and high is not None and high < low:
            self.add_error("price_to", _("This is less than the lowest price."))
        for number in range(REWARD_ROWS):
            if (data.get(f"stars_{number}") is None) != (data.get(f"worth_{number}") is None):
                self.add_error(f"stars_{number}", _("A reward needs both: stars and what it is worth."))
        return data

    def promise(self) -> Promise:
        """What was typed, as the service takes it."""
        data = self.cleaned_data
        plain = ("title", "summary", "terms", "covers", "event", "months", "visits", "activate_days", "sale")
        return Promise(
            **{name: data[name] for name in plain},
            fee=data["fee"],
            deductible=data["deductible"] or 0,
            value=data["value"] or 0,
            price=(data["price"] or 0) if data["sale"] == ProgramVersion.Sale.EXTRA else 0,
            needs_serial=data["needs_serial"],
            needs_photo=data["needs_photo"],
            funding=data.get("funding") or ProgramVersion.Funding.STORE,
            policy=data.get("policy"),
            regions=[part.strip().upper() for part in listed(data["regions"]) if part.strip()],
            fits=self._fits(),
            rewards=[
                (int(data[f"stars_{number}"] * 100), data[f"worth_{number}"])
                for number in range(REWARD_ROWS)
                if data[f"stars_{number}"] is not None
            ],
            translations=translations_of(self, self.union, TRANSLATED, self.kept),
        )

    def _fits(self) -> list[Fits]:
        """Each kind of goods at each store, all within the prices."""
        data = self.cleaned_data
        kinds: list[dict[str, Any]] = [{"category": each} for each in data["categories"]]
        kinds += [{"product": each} for each in data.get("products", ())]
        places: list[dict[str, Any]] = [{"store": each} for each in data.get("stores", ())] or [{}]
        prices = {name: data[name] for name in ("price_from", "price_to") if data[name] is not None}
        rows = [{**kind, **place, **prices} for kind in kinds or [{}] for place in places]
        return [Fits(**row) for row in rows if row]


def _said(version: ProgramVersion) -> dict[str, Any]:
    """A version as the form shows it."""
    same = (*TRANSLATED, *MONEY, "covers", "event", "months", "visits", "activate_days", "needs_serial", "needs_photo")
    said = {name: getattr(version, name) for name in (*same, "sale", "funding") if hasattr(version, name)}
    for name in ("deductible", "value", "price"):
        said[name] = said[name] or None
    scopes = list(version.scopes.all())
    said |= {
        "policy": version.policy_id,
        "regions": ", ".join(version.regions),
        "stores": {scope.store_id for scope in scopes if scope.store_id},
        "categories": {scope.category_id for scope in scopes if scope.category_id},
        "products": {scope.product_id for scope in scopes if scope.product_id},
        "price_from": next((scope.price_from for scope in scopes), None),
        "price_to": next((scope.price_to for scope in scopes), None),
    }
    for number, step in enumerate(version.rewards.all()[:REWARD_ROWS]):
        said[f"stars_{number}"] = step.at_least / 100
        said[f"worth_{number}"] = step.value
    return said
