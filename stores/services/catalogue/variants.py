"""Variants: what is bought. One size, one colour, with its own price, code and stock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product as combinations

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from stdnum import ean
from stdnum.exceptions import ValidationError as NumberError

from accounts.models import User
from core.errors import Invalid, constraint_of
from stores.models import Product, StockLevel, Variant
from stores.services.catalogue.changed import note_changed
from stores.services.catalogue.history import keep_prices
from stores.services.catalogue.prices import StalePrice, WasNotDearer

MOST_VARIANTS = 100
MOST_OPTIONS = 3
OPTION_LENGTH = 40
SKU_LENGTH = 64


class SkuTaken(Invalid):
    """Another variant of the store has this stock keeping unit."""

    code = "sku_taken"
    detail = _("This store has a variant with this stock keeping unit already.")


class TooManyVariants(Invalid):
    """The options would make more variants than a product may have."""

    code = "too_many_variants"
    detail = _("At most 100 variants of one product.")


@dataclass(frozen=True, slots=True)
class VariantDetails:
    """One variant as entered. Prices in minor units, tax included; an empty `sku` is made from the product's."""

    price: int
    sku: str = ""
    gtin: str = ""
    was_price: int | None = None
    options: dict[str, str] = field(default_factory=dict)
    tracks_stock: bool = True
    low_at: int = 0


def check_gtin(*, text: str) -> str:
    """The GTIN (8, 12, 13 or 14 digits) without blanks and hyphens; empty stays empty. Raises Invalid."""
    if not text.strip():
        return ""
    try:
        return str(ean.validate(text))
    except NumberError as error:
        raise Invalid(
            _("This is not a valid GTIN: check its digits, the last one is a check digit."), field="gtin"
        ) from error


@transaction.atomic
def save_variant(
    *,
    product: Product,
    details: VariantDetails,
    actor: User | None,
    now: datetime,
    variant: Variant | None = None,
    expected_version: int | None = None,
) -> Variant:
    """Add a variant, or change the given one if it still has the expected version.

    A counted variant gets its stock level. Raises Invalid, SkuTaken, StalePrice, WasNotDearer.
    """
    gtin = check_gtin(text=details.gtin)
    if details.price < 0:
        raise Invalid(_("A price cannot be below zero."), field="price")
    if details.was_price is not None and details.was_price <= details.price:
        raise WasNotDearer(field="was_price")
    if variant is None:
        position = product.variants.count()
        if position >= MOST_VARIANTS:
            raise TooManyVariants
        variant = Variant(union_id=product.union_id, store_id=product.store_id, product=product, position=position)
        variant.sku = details.sku.strip() or free_sku(product=product, values=details.options.values())
    else:
        held = Variant.objects.select_for_update(no_key=True).get(pk=variant.pk, union_id=product.union_id)
        if expected_version is not None and held.version != expected_version:
            raise StalePrice(price=held.price, version=held.version)
        variant.version = held.version + 1
        variant.sku = details.sku.strip() or variant.sku
    variant.gtin, variant.options = gtin, details.options
    variant.price, variant.was_price = details.price, details.was_price
    variant.tracks_stock = details.tracks_stock and product.kind == Product.Kind.GOODS
    try:
        with transaction.atomic():
            variant.save()
    except IntegrityError as error:
        if constraint_of(error) == "variant_sku_in_store":
            raise SkuTaken(field="sku") from error
        raise
    if variant.tracks_stock:
        StockLevel.objects.update_or_create(
            variant=variant, defaults={"low_at": details.low_at}, create_defaults=_level(variant, details.low_at)
        )
    keep_prices(product_ids=[product.pk], actor=actor, now=now)
    _touch(product, now)
    note_changed(product_ids=[product.pk], actor=actor)
    return variant


@transaction.atomic
def generate_variants(
    *,
    product: Product,
    options: Mapping[str, Sequence[str]],
    price: int,
    words: Mapping[str, Mapping[str, str]] | None = None,
    actor: User | None,
    now: datetime,
) -> list[Variant]:
    """Make one variant for every combination of the options (`{"size": ["S", "M"], "colour": ["blue"]}`), in order.

    Combinations that exist keep their price, code and stock; a single variant without options becomes the first
    combination; variants outside of the matrix are no longer sold. New ones cost `price`. `words` says per language
    what names and values are called there; without it the words stay. Raises Invalid, TooManyVariants.
    """
    matrix = clean_options(options=options)
    names = list(matrix)
    wanted = [dict(zip(names, values, strict=True)) for values in combinations(*matrix.values())]
    if len(wanted) > MOST_VARIANTS:
        raise TooManyVariants
    present = list(Variant.objects.select_for_update(no_key=True).filter(product=product).order_by("position", "id"))
    by_options = {_key(variant.options): variant for variant in present}
    if len(present) == 1 and not present[0].options and wanted:
        by_options = {_key(wanted[0]): present[0]}
    skus = set(Variant.objects.filter(store_id=product.store_id).values_list("sku", flat=True))
    made: list[Variant] = []
    kept: list[Variant] = []
    for position, choice in enumerate(wanted):
        variant = by_options.pop(_key(choice), None)
        if variant is None:
            variant = Variant(union_id=product.union_id, store_id=product.store_id, product=product, price=price)
            variant.sku = free_sku(product=product, values=choice.values(), taken=skus)
            variant.tracks_stock = product.kind == Product.Kind.GOODS
            skus.add(variant.sku)
            made.append(variant)
        else:
            kept.append(variant)
        variant.options, variant.position, variant.is_active = choice, position, True
    Variant.objects.bulk_update(kept, ["options", "position", "is_active"])
    Variant.objects.filter(pk__in=[variant.pk for variant in by_options.values()]).update(
        is_active=False, version=F("version") + 1
    )
    Variant.objects.bulk_create(made)
    StockLevel.objects.bulk_create(
        [StockLevel(**_level(variant)) for variant in made if variant.tracks_stock], ignore_conflicts=True
    )
    product.option_names = names
    for language, said in (words or {}).items():
        product.translations.setdefault(language, {})["options"] = dict(said)
    product.save(update_fields=["option_names", "translations"])
    keep_prices(product_ids=[product.pk], actor=actor, now=now)
    _touch(product, now)
    note_changed(product_ids=[product.pk], actor=actor)
    return sorted([*made, *kept], key=lambda variant: variant.position)


def archive_variant(*, variant: Variant, actor: User | None, now: datetime) -> None:
    """Sell the variant no longer; its stock and history stay."""
    _sell(variant, sold=False, actor=actor, now=now)


def restore_variant(*, variant: Variant, actor: User | None, now: datetime) -> None:
    """Sell the variant again."""
    _sell(variant, sold=True, actor=actor, now=now)


@transaction.atomic
def _sell(variant: Variant, *, sold: bool, actor: User | None, now: datetime) -> None:
    Variant.objects.filter(pk=variant.pk, union_id=variant.union_id).update(is_active=sold, version=F("version") + 1)
    variant.refresh_from_db(fields=["is_active", "version"])
    _touch(variant.product, now)
    note_changed(product_ids=[variant.product_id], actor=actor)


def clean_options(*, options: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Option names and values without blanks and doubles. Raises Invalid."""
    matrix: dict[str, list[str]] = {}
    for name, values in options.items():
        label = name.strip()
        choices = list(dict.fromkeys(value.strip() for value in values if value.strip()))
        if not label and not choices:
            continue
        if not label or not choices:
            raise Invalid(_("Give each option a name and at least one value."), field="options")
        if max(len(text) for text in (label, *choices)) > OPTION_LENGTH:
            raise Invalid(_("Option names and values have at most 40 characters."), field="options")
        matrix[label] = choices
    if not matrix:
        raise Invalid(_("Name at least one option, such as size, with its values."), field="options")
    if len(matrix) > MOST_OPTIONS:
        raise Invalid(_("At most three options."), field="options")
    return matrix


def free_sku(*, product: Product, values: Iterable[str] = (), taken: set[str] | None = None) -> str:
    """A stock keeping unit that the store does not use yet: short name and option values, in capitals."""
    words = [product.slug, *(str(value) for value in values)]
    stem = "-".join(part for word in words if (part := re.sub(r"[^\w]+", "-", word).strip("-"))).upper()[
        : SKU_LENGTH - 4
    ]
    if taken is None:
        taken = set(
            Variant.objects.filter(store_id=product.store_id, sku__startswith=stem).values_list("sku", flat=True)
        )
    sku, number = stem, 1
    while sku in taken:
        number += 1
        sku = f"{stem}-{number}"
    return sku


def _key(options: Mapping[str, object]) -> frozenset[tuple[str, str]]:
    return frozenset((name, str(value)) for name, value in options.items())


def _level(variant: Variant, low_at: int = 0) -> dict[str, object]:
    return {"union_id": variant.union_id, "variant": variant, "low_at": low_at}


def _touch(product: Product, now: datetime) -> None:
    product.updated_at = now
    Product.objects.filter(pk=product.pk, union_id=product.union_id).update(updated_at=now)


def set_low_mark(
    *,
    variant: Variant,
    low_at: int,
    actor: User | None,
    now: datetime,
    reorder_quantity: int | None = None,
    shelf: str | None = None,
) -> None:
    """From how many pieces down staff are told, how many are ordered then (0: what sells), and on which shelf it lies.

    None leaves the latter two as they are.
    """
    if low_at < 0 or (reorder_quantity or 0) < 0:
        raise Invalid(_("A count is not negative."), field="low_at" if low_at < 0 else "reorder_quantity")
    said: dict[str, object] = {"low_at": low_at}
    if reorder_quantity is not None:
        said["reorder_quantity"] = reorder_quantity
    if shelf is not None:
        said["shelf"] = shelf.strip()
    StockLevel.objects.update_or_create(variant=variant, defaults=said, create_defaults={**_level(variant), **said})
