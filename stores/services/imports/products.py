"""`import_csv products`: one variant a row; rows of one `product` make one product."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from stdnum import ean

from core.importing.maps import Field, Map, Record, slugged
from stores.models import Category, Product, StockLevel, StockMovement, Store, TaxClass, Variant
from stores.services.catalogue.history import keep_prices
from stores.services.imports.context import stores_by_slug, tax_class_for
from stores.services.search import index_products
from stores.services.summary import refresh_product
from unions.models import Union

OPTIONS = ("size", "colour", "style", "material")


class ProductImporter:
    """Known again by the stock keeping unit in its store. A second run changes what differs and nothing else.

    Options of the map: `title` and `price` each say which of several rows of one variant counts: `first`, `last` or
    (title only) `commonest`.
    """

    fields = {
        "store": Field("code", default=""),
        "product": Field("code", default="", longest=64),
        "sku": Field("code", default="", longest=64),
        "title": Field("text", required=True, longest=200),
        "description": Field("text", default=""),
        "price": Field("money", required=True),
        "was_price": Field("money"),
        "gtin": Field("code", default="", longest=14),
        "kind": Field("code", default=Product.Kind.GOODS, choices=frozenset(Product.Kind.values)),
        "category": Field("text", default="", longest=120),
        "tax_class": Field("code", default="standard"),
        "tags": Field("list", default=[]),
        "stock": Field("integer"),
        "is_published": Field("boolean", default=True),
        **{name: Field("text", default="", longest=40) for name in OPTIONS},
    }
    group_by: tuple[str, ...] = ("store", "product", "sku")

    def take(self, groups: list[list[Record]], *, union: Union, chart: Map, now: datetime) -> None:
        own = chart.store.get("slug", "")
        slugs = {group[0].values["store"] or own for group in groups}
        batch = _Batch(union, chart, now, stores_by_slug(union=union, slugs=slugs, chart=chart, now=now))
        batch.read(groups, own)
        batch.write()


@dataclass(slots=True)
class _Wanted:
    """A variant as the file wants it, with the record that stands for it in the report."""

    record: Record
    store: Store
    code: str
    sku: str
    options: dict[str, str]
    title: str
    price: int


class _Batch:
    """The products and variants of some groups, read and written with a fixed number of statements."""

    def __init__(self, union: Union, chart: Map, now: datetime, stores: dict[str, Store]) -> None:
        self.union = union
        self.chart = chart
        self.now = now
        self.stores = stores
        self.wanted: dict[tuple[int, str], _Wanted] = {}
        self.tax_classes: dict[str, TaxClass] = {}
        self.categories: dict[str, Category] = {}

    def read(self, groups: list[list[Record]], own: str) -> None:
        """Settle which row of each variant counts; the others are `repeated`."""
        for group in groups:
            variants: dict[tuple[str, ...], list[Record]] = {}
            for record in group:
                refusal = _refusal(record.values)
                if refusal:
                    record.refuse(refusal)
                elif (record.values["store"] or own) not in self.stores:
                    record.refuse(_("store: there is no store “%(slug)s”") % {"slug": record.values["store"] or own})
                else:
                    variants.setdefault(tuple(record.values[name] for name in OPTIONS), []).append(record)
            for records in variants.values():
                self._want(records, alone=len(variants) == 1, own=own)

    def _want(self, records: list[Record], *, alone: bool, own: str) -> None:
        choose = self.chart.options
        values = records[-1 if choose.get("price", "last") == "last" else 0].values
        options = {name: values[name] for name in OPTIONS if values[name]}
        code = values["product"] or values["sku"]
        sku = values["sku"] or code
        if not alone or not values["sku"]:
            sku = "-".join(filter(None, [sku, *(slugged(option).upper() for option in options.values())]))[:64]
        wanted = _Wanted(records[-1], self.stores[values["store"] or own], code, sku, options, "", values["price"])
        wanted.title = _title(records, choose.get("title", "first"))
        for record in records[:-1]:
            record.outcome = "repeated"
        if (wanted.store.pk, sku) in self.wanted:
            records[-1].outcome = "repeated"
        else:
            self.wanted[wanted.store.pk, sku] = wanted

    def write(self) -> None:
        """Make what is new, change what differs."""
        skus = [wanted.sku for wanted in self.wanted.values()]
        there = {
            (variant.store_id, variant.sku): variant
            for variant in Variant.objects.filter(
                union=self.union, store__in=self.stores.values(), sku__in=skus
            ).select_related("product")
        }
        changed: set[int] = set()
        fresh: list[_Wanted] = []
        for key, wanted in self.wanted.items():
            variant = there.get(key)
            if variant is None:
                fresh.append(wanted)
                wanted.record.outcome = "created"
            else:
                differs = _change(variant, wanted)
                wanted.record.outcome = "changed" if differs else "unchanged"
                if differs:
                    changed.add(variant.product_id)
        made = self._make(fresh, there)
        if changed or made:
            keep_prices(product_ids=sorted(changed | made), actor=None, now=self.now)
            refresh_product(product_ids=sorted(changed | made))
            index_products(product_ids=sorted(changed | made))

    def _make(self, fresh: list[_Wanted], there: dict[tuple[int, str], Variant]) -> set[int]:
        products = self._products_of(fresh)
        variants = [
            Variant(
                union=self.union,
                store=wanted.store,
                product=products[wanted.store.pk, wanted.code],
                sku=wanted.sku,
                gtin=wanted.record.values["gtin"],
                options=wanted.options,
                price=wanted.price,
                was_price=wanted.record.values["was_price"],
                tracks_stock=wanted.record.values["kind"] == Product.Kind.GOODS,
                position=position,
            )
            for position, wanted in enumerate(fresh)
        ]
        Variant.objects.bulk_create(variants)
        counts = {
            variant.pk: max(0, wanted.record.values["stock"] or 0)
            for variant, wanted in zip(variants, fresh, strict=True)
            if variant.tracks_stock
        }
        StockLevel.objects.bulk_create(
            [StockLevel(union=self.union, variant_id=pk, on_hand=count) for pk, count in counts.items()]
        )
        StockMovement.objects.bulk_create(
            [
                StockMovement(
                    union=self.union,
                    variant_id=pk,
                    kind=StockMovement.Kind.RECEIVED,
                    quantity=count,
                    reason=_("stock at import"),
                    at=self.now,
                )
                for pk, count in counts.items()
                if count
            ]
        )
        return {variant.product_id for variant in variants}

    def _products_of(self, fresh: list[_Wanted]) -> dict[tuple[int, str], Product]:
        """The product of each (store, code): an earlier batch's or run's, or a new one."""
        slugs = {(wanted.store.pk, wanted.code): _slug(wanted) for wanted in fresh}
        known = {
            (product.store_id, product.slug): product
            for product in Product.objects.filter(
                union=self.union, store__in=self.stores.values(), slug__in=slugs.values()
            )
        }
        products: dict[tuple[int, str], Product] = {}
        new: list[Product] = []
        for wanted in fresh:
            key = (wanted.store.pk, wanted.code)
            product = products.get(key) or known.get((wanted.store.pk, slugs[key]))
            if product is None:
                values = wanted.record.values
                product = Product(
                    union=self.union,
                    store=wanted.store,
                    category=self._category(values["category"]),
                    tax_class=self._tax_class(values["tax_class"]),
                    kind=values["kind"],
                    slug=slugs[key],
                    title=wanted.title,
                    description=values["description"],
                    tags=values["tags"][:20],
                    is_published=values["is_published"],
                )
                new.append(product)
            for name in wanted.options:
                if name not in product.option_names:
                    product.option_names = [*product.option_names, name]
            products[key] = product
        Product.objects.bulk_create(new)
        grown = [product for product in products.values() if product not in new]
        Product.objects.bulk_update(grown, ["option_names"])
        return products

    def _tax_class(self, code: str) -> TaxClass:
        if code not in self.tax_classes:
            self.tax_classes[code] = tax_class_for(union=self.union, code=code)
        return self.tax_classes[code]

    def _category(self, name: str) -> Category | None:
        if not name:
            return None
        if name not in self.categories:
            category, made = Category.objects.get_or_create(
                union=self.union, slug=slugged(name)[:60] or "goods", defaults={"name": name}
            )
            if made:
                category.ancestors = [category.pk]
                category.save(update_fields=["ancestors"])
            self.categories[name] = category
        return self.categories[name]


def _refusal(values: dict[str, Any]) -> str:
    if not values["sku"] and not values["product"]:
        return _("sku: a stock keeping unit or a product number is needed")
    if values["price"] < 0:
        return _("price: a price is never below zero")
    if values["was_price"] is not None and values["was_price"] <= values["price"]:
        return _("was_price: the price before must be higher than the price")
    if values["gtin"] and not ean.is_valid(values["gtin"]):
        return _("gtin: the check digit of %(gtin)s is wrong") % {"gtin": values["gtin"]}
    if (values["stock"] or 0) < 0:
        return _("stock: there is never less than nothing on hand")
    return ""


def _title(records: list[Record], which: str) -> str:
    titles = [record.values["title"] for record in records]
    if which == "commonest":
        return Counter(titles).most_common(1)[0][0]
    return str(titles[-1 if which == "last" else 0])


def _slug(wanted: _Wanted) -> str:
    """The code stands in it, so that two products of one title keep apart and a second run finds it again."""
    return f"{slugged(wanted.title)[:50]}-{slugged(wanted.code)[:28]}".strip("-") or slugged(wanted.sku)


def _change(variant: Variant, wanted: _Wanted) -> bool:
    """Write the price, the code and the product's texts where they differ; empty cells take nothing away."""
    values = wanted.record.values
    differs = False
    if (variant.price, variant.was_price) != (wanted.price, values["was_price"]) or (
        values["gtin"] and variant.gtin != values["gtin"]
    ):
        variant.price, variant.was_price = wanted.price, values["was_price"]
        variant.gtin = values["gtin"] or variant.gtin
        variant.version += 1
        variant.save(update_fields=["price", "was_price", "gtin", "version"])
        differs = True
    product = variant.product
    if product.title != wanted.title or (values["description"] and product.description != values["description"]):
        product.title = wanted.title
        product.description = values["description"] or product.description
        product.save(update_fields=["title", "description", "updated_at"])
        differs = True
    return differs
