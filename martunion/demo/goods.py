"""Loads the goods of a store: products, variants with numbers and prices, drawn pictures and the first stock."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from martunion.demo import pictures
from martunion.demo.content import GoodContent, StoreContent, UnionContent, option_words, texts
from martunion.demo.files import SVG, keep
from martunion.demo.gtin import in_store_gtin
from martunion.demo.pictures.palette import Dice
from martunion.demo.unions import amount
from stores.models import Category, Picture, Product, StockLevel, StockMovement, Store, TaxClass, Variant
from unions.models import Union

FIRST_DELIVERY = {"en": "First delivery", "zh-hant": "開店進貨", "ko": "첫 입고"}

LOW_AT = 5

VariantKey = tuple[str, str, int]
"""Store's slug, good's slug, place of the variant among its siblings."""


def sku_of(store: str, good: int, variant: int) -> str:
    """The stock keeping unit: the store's initials, the number of the good, the number of the variant."""
    return f"{''.join(word[0] for word in store.split('-')).upper()}-{good + 1:02d}-{variant + 1:02d}"


def create_goods(
    *,
    union: Union,
    content: UnionContent,
    store: Store,
    stocked: StoreContent,
    sold: Mapping[VariantKey, int],
    now: datetime,
) -> list[int]:
    """All products of the store, with what will be `sold` laid in on top of the stock that shall remain.

    Returns the products' ids.
    """
    products = _products(union, content, store, stocked, now=now)
    place = [row.slug for row in content.stores].index(stocked.slug) + 1
    gtin_prefix = 21 + sorted(("kaohsiung", "busan", "cornwall")).index(content.slug)
    variants: list[Variant] = []
    quantities: list[int] = []
    for number, (good, product) in enumerate(zip(stocked.goods, products, strict=True)):
        for position, variant in enumerate(good.variants):
            price = amount(union, variant.price)
            variants.append(
                Variant(
                    union=union,
                    store=store,
                    product=product,
                    sku=sku_of(stocked.slug, number, position),
                    gtin=""
                    if good.is_service
                    else in_store_gtin(gtin_prefix, place * 1_000_000 + number * 1_000 + position),
                    options=variant.options,
                    price=price,
                    was_price=amount(union, good.was) if good.was is not None else None,
                    tracks_stock=not good.is_service,
                    position=position,
                )
            )
            quantities.append(variant.stock + sold.get((stocked.slug, good.slug, position), 0))
    Variant.objects.bulk_create(variants)
    _lay_in(union, content, variants, quantities, at=now - timedelta(days=46))
    return [product.pk for product in products]


def _products(
    union: Union, content: UnionContent, store: Store, stocked: StoreContent, *, now: datetime
) -> list[Product]:
    categories = {row.slug: row for row in Category.objects.filter(union=union)}
    taxes = {row.code: row for row in TaxClass.objects.filter(union=union)}
    products = []
    for good in stocked.goods:
        own, others = texts(content.language, title=good.title, description=good.about)
        translations: dict[str, dict[str, Any]] = {language: dict(said) for language, said in others.items()}
        for language, words in option_words(content.slug, good).items():
            if words:
                translations.setdefault(language, {})["options"] = words
        products.append(
            Product(
                union=union,
                store=store,
                category=categories[good.category],
                tax_class=taxes[good.tax],
                kind=Product.Kind.SERVICE if good.is_service else Product.Kind.GOODS,
                slug=good.slug,
                tags=good.tags,
                option_names=good.option_names,
                translations=translations,
                **own,
            )
        )
    Product.objects.bulk_create(products)
    for product in products:
        product.created_at = now - timedelta(hours=Dice(f"{store.slug}/{product.slug}/added").between(20, 90 * 24))
    Product.objects.bulk_update(products, ["created_at"])
    Picture.objects.bulk_create(
        Picture(union=union, product=product, alt=product.title, sizes=[_size(union, store, good)])
        for good, product in zip(stocked.goods, products, strict=True)
    )
    return products


def _size(union: Union, store: Store, good: GoodContent) -> dict[str, object]:
    drawing = pictures.good(motif=good.motif, key=f"{store.slug}/{good.slug}", hue=union.hue, tone=good.tone)
    path = keep(f"demo/{union.slug}/{store.slug}/{good.slug}.svg", drawing)
    return {"path": path, "width": 400, "height": 400, "type": SVG}


def _lay_in(
    union: Union, content: UnionContent, variants: list[Variant], quantities: list[int], *, at: datetime
) -> None:
    """The opening stock: a level per counted variant and the movement that explains it."""
    counted = [(row, number) for row, number in zip(variants, quantities, strict=True) if row.tracks_stock]
    StockLevel.objects.bulk_create(
        StockLevel(union=union, variant=row, on_hand=number, low_at=LOW_AT) for row, number in counted
    )
    StockMovement.objects.bulk_create(
        StockMovement(
            union=union,
            variant=row,
            kind=StockMovement.Kind.RECEIVED,
            quantity=number,
            reason=FIRST_DELIVERY[content.language],
            at=at,
        )
        for row, number in counted
        if number
    )
