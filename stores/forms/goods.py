"""Forms of the product editor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from stores.forms.fields import MoneyField, add_translations, listed, other_languages, translations_of
from stores.models import Category, Product, Store, TaxClass, Variant
from stores.queries.manage import categories_of, tax_classes_of
from stores.services.catalogue import ProductDetails, VariantDetails

TRANSLATED = ["title", "description"]
OPTION_ROWS = 3
USUAL_TAX = "standard"
"""The code of a union's usual tax class."""


class ProductForm(forms.Form):
    """What is written about a product."""

    title = forms.CharField(label=_("Title"), max_length=200)
    description = forms.CharField(
        label=_("Description"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Product.Kind.choices)
    category: forms.ModelChoiceField[Category] = forms.ModelChoiceField(
        label=_("Category"), queryset=Category.objects.none(), required=False, empty_label=_("None")
    )
    tax_class: forms.ModelChoiceField[TaxClass] = forms.ModelChoiceField(
        label=_("Tax"), queryset=TaxClass.objects.none(), empty_label=_("Choose one")
    )
    tags = forms.CharField(label=_("Tags"), max_length=800, required=False, help_text=_("With commas between."))

    def __init__(self, *args: Any, store: Store, product: Product | None = None, **options: Any) -> None:
        self.store, self.product = store, product
        if product is not None:
            options.setdefault(
                "initial",
                {
                    "title": product.title,
                    "description": product.description,
                    "kind": product.kind,
                    "category": product.category_id,
                    "tax_class": product.tax_class_id,
                    "tags": ", ".join(product.tags),
                    "slug": product.slug,
                },
            )
        super().__init__(*args, **options)
        self.fields["category"].queryset = categories_of(store.union_id)  # type: ignore[attr-defined]
        self.fields["category"].label_from_instance = category_label  # type: ignore[attr-defined]
        taxes = tax_classes_of(store.union_id)
        if product is None:
            # The union's usual rate; where none is called so, the shopkeeper chooses: a guess would be a wrong tax.
            self.initial.setdefault("tax_class", next((tax.pk for tax in taxes if tax.code == USUAL_TAX), None))
        self.fields["tax_class"].queryset = taxes  # type: ignore[attr-defined]
        if product is not None:
            self.fields["slug"] = forms.SlugField(
                label=_("Short name in addresses"),
                max_length=80,
                help_text=_("Changing it breaks links to this product."),
            )
        add_translations(self, store.union, TRANSLATED, product.translations if product else {})

    def details(self) -> ProductDetails:
        """The cleaned form as the service takes it."""
        data = self.cleaned_data
        kept = self.product.translations if self.product else {}
        return ProductDetails(
            title=data["title"],
            description=data["description"],
            kind=data["kind"],
            category=data["category"],
            tax_class=data["tax_class"],
            tags=listed(data["tags"]),
            slug=data.get("slug", ""),
            translations=translations_of(self, self.store.union, TRANSLATED, kept),
        )


def category_label(category: Category) -> str:
    """The name, indented by its depth in the tree."""
    return "\u2003" * len(category.ancestors) + category.name


def in_tree(categories: Iterable[Category]) -> list[tuple[int, str]]:
    """All of a union's categories to choose from: each below its parent, siblings in their order."""
    rows = list(categories)
    places = {row.pk: (row.position, row.name) for row in rows}
    rows.sort(key=lambda row: [places.get(pk, (0, "")) for pk in (*row.ancestors, row.pk)])
    return [(row.pk, category_label(row)) for row in rows]


class VariantForm(forms.Form):
    """One variant. With `options` of the product, one field for each of them."""

    price = MoneyField(currency="XXX", label=_("Price"))
    was_price = MoneyField(currency="XXX", label=_("Price before"), required=False)
    sku = forms.CharField(
        label=_("Stock keeping unit"), max_length=64, required=False, help_text=_("Left empty, one is made.")
    )
    gtin = forms.CharField(
        label=_("GTIN"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text=_("The number below the bar code."),
    )
    tracks_stock = forms.BooleanField(label=_("Count its stock"), required=False, initial=True)
    low_at = forms.IntegerField(
        label=_("Tell staff when only this many are left"), min_value=0, max_value=1_000_000, required=False, initial=0
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, store: Store, product: Product | None = None, variant: Variant | None = None, **options: Any
    ) -> None:
        self.product, self.variant = product, variant
        self.option_names = list(product.option_names) if product else []
        if variant is not None:
            level = getattr(variant, "stock", None)
            options.setdefault(
                "initial",
                {
                    "price": variant.price,
                    "was_price": variant.was_price,
                    "sku": variant.sku,
                    "gtin": variant.gtin,
                    "tracks_stock": variant.tracks_stock,
                    "low_at": level.low_at if level else 0,
                    "version": variant.version,
                    **{f"option_{at}": variant.options.get(name, "") for at, name in enumerate(self.option_names)},
                },
            )
        super().__init__(*args, **options)
        for name in ("price", "was_price"):
            source = self.fields[name]
            self.fields[name] = MoneyField(currency=store.union.currency, label=source.label, required=source.required)
        for at, name in enumerate(self.option_names):
            self.fields[f"option_{at}"] = forms.CharField(label=name, max_length=40)
        self.order_fields([f"option_{at}" for at in range(len(self.option_names))])

    def details(self) -> VariantDetails:
        """The cleaned form as the service takes it."""
        data = self.cleaned_data
        return VariantDetails(
            price=data["price"],
            was_price=data["was_price"],
            sku=data["sku"],
            gtin=data["gtin"],
            tracks_stock=data["tracks_stock"],
            low_at=data["low_at"] or 0,
            options={name: data[f"option_{at}"] for at, name in enumerate(self.option_names)},
        )


class NewProductForm(ProductForm):
    """A product with its first variant: what most goods need to be sold."""

    def __init__(self, *args: Any, store: Store, **options: Any) -> None:
        super().__init__(*args, store=store, **options)
        self.fields["price"] = MoneyField(currency=store.union.currency, label=_("Price"))
        self.fields["pieces"] = forms.IntegerField(
            label=_("Pieces in stock"),
            min_value=0,
            max_value=1_000_000,
            required=False,
            help_text=_("Not for services."),
        )
        self.fields["gtin"] = forms.CharField(label=_("GTIN"), max_length=20, required=False)
        self.order_fields(["title", "price", "pieces", "kind", "category", "tax_class", "description", "gtin", "tags"])


class PriceForm(forms.Form):
    """A price changed in its row."""

    def __init__(self, *args: Any, store: Store, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["price"] = MoneyField(currency=store.union.currency, label=_("Price"))
        self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput)


class OptionsForm(forms.Form):
    """What the variants differ in: up to three names, each with its values."""

    def __init__(self, *args: Any, store: Store, product: Product, **options: Any) -> None:
        variants = [variant for variant in product.variants.all() if variant.is_active]
        initial: dict[str, Any] = {"price": min((variant.price for variant in variants), default=None)}
        for at, name in enumerate(product.option_names):
            values = dict.fromkeys(str(variant.options.get(name, "")) for variant in variants)
            initial |= {f"name_{at}": name, f"values_{at}": ", ".join(value for value in values if value)}
        super().__init__(*args, **{**options, "initial": initial})
        for at in range(OPTION_ROWS):
            number = at + 1
            self.fields[f"name_{at}"] = forms.CharField(
                label=_("Option %(number)d") % {"number": number},
                max_length=40,
                required=at == 0,
                widget=forms.TextInput(attrs={"placeholder": (_("Size"), _("Colour"), "")[at]}),
            )
            self.fields[f"values_{at}"] = forms.CharField(
                label=_("Values of option %(number)d") % {"number": number},
                max_length=1000,
                required=at == 0,
                help_text=_("With commas between.") if at == 0 else "",
                widget=forms.TextInput(attrs={"placeholder": ("S, M, L", _("blue, red"), "")[at]}),
            )
            self._add_languages(store, product, at, initial)
        self.fields["price"] = MoneyField(currency=store.union.currency, label=_("Price of new variants"))
        self.languages = [code for code, _name in other_languages(store.union)]

    def _add_languages(self, store: Store, product: Product, at: int, initial: dict[str, Any]) -> None:
        """The same name and values in each other language of the union, in the same order, never required."""
        for code, language in other_languages(store.union):
            known = product.translations.get(code, {}).get("options", {})
            own = listed(initial.get(f"values_{at}", ""))
            said = [known.get(value.strip(), "") for value in own]
            for name, text in (
                (f"name_{at}", known.get(initial.get(f"name_{at}", ""), "")),
                (f"values_{at}", ", ".join(said) if any(said) else ""),
            ):
                source = cast(forms.CharField, self.fields[name])
                self.fields[f"{name}_{code}"] = forms.CharField(
                    label=f"{source.label} ({language})",
                    max_length=source.max_length,
                    required=False,
                    initial=text,
                    widget=forms.TextInput(attrs={"lang": code}),
                )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for at in range(OPTION_ROWS):
            count = len(listed(data.get(f"values_{at}", "")))
            for code in self.languages:
                text = data.get(f"values_{at}_{code}", "")
                if text and len(listed(text)) != count:
                    self.add_error(
                        f"values_{at}_{code}",
                        _("Give as many values as in the first language, in the same order: %(count)d.")
                        % {"count": count},
                    )
        return data

    def words(self) -> dict[str, dict[str, str]]:
        """Names and values in the other languages, by language and then by the word of the first language."""
        data = self.cleaned_data
        said: dict[str, dict[str, str]] = {code: {} for code in self.languages}
        for code in self.languages:
            for at in range(OPTION_ROWS):
                own = [data[f"name_{at}"], *listed(data[f"values_{at}"])]
                other = [data[f"name_{at}_{code}"], *listed(data[f"values_{at}_{code}"])]
                said[code] |= {
                    word.strip(): text.strip()
                    for word, text in zip(own, other, strict=False)
                    if word.strip() and text.strip()
                }
        return said

    def matrix(self) -> dict[str, list[str]]:
        """Option names with their values, as the service takes them."""
        data = self.cleaned_data
        return {data[f"name_{at}"]: listed(data[f"values_{at}"]) for at in range(OPTION_ROWS) if data[f"name_{at}"]}


class PictureForm(forms.Form):
    """An upload. The file itself is checked by decoding it."""

    file = forms.FileField(
        label=_("Picture"),
        help_text=_("JPEG, PNG, WebP, AVIF or GIF, at most 12 MB."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/avif,image/gif"}),
    )
    alt = forms.CharField(
        label=_("What it shows"), max_length=200, required=False, help_text=_("Read out to those who cannot see it.")
    )
