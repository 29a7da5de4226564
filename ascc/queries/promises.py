"""What stores and the center promise for goods now: for product pages, carts and orders.

The open promises of a union are few and change rarely, its pages are looked at all the time: each process reads them
once in some seconds, and pages ask nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from ascc.models import ProgramOffer, ProgramScope, ProgramVersion
from core.errors import NotFound
from core.memory import remembered
from stores.models import Category, Product, Variant
from unions.models import Union

KEPT_FOR = 5.0
"""Seconds for which a process shows promises as they were."""
Sale = ProgramVersion.Sale


@dataclass(frozen=True, slots=True)
class Good:
    """What is sold: `prices` in minor units of one piece, of the variants that there are."""

    product_id: int
    store_id: int
    category_id: int | None
    prices: Sequence[int]
    is_goods: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of goods that a promise is for; `categories` with everything below them."""

    product_id: int | None
    categories: frozenset[int] | None
    store_id: int | None
    price_from: int | None
    price_to: int | None

    def fits(self, good: Good) -> bool:
        """Whether all that it says fits, for at least one price."""
        return (
            self.product_id in (None, good.product_id)
            and (self.categories is None or good.category_id in self.categories)
            and self.store_id in (None, good.store_id)
            and any((self.price_from or 0) <= price <= (self.price_to or price) for price in good.prices)
        )


@dataclass(frozen=True, slots=True)
class PromiseNow:
    """A version in force with what it fits; for an extra, what each store asks for it: store → (variant, price)."""

    version: ProgramVersion
    kinds: Sequence[Kind]
    offers: dict[int, tuple[int, int]]

    def is_for(self, good: Good) -> bool:
        """Whether it is promised, or can be bought, with this good."""
        own_store = self.version.program.store_id
        return (
            good.is_goods
            and own_store in (None, good.store_id)
            and (self.version.sale == Sale.INCLUDED or good.store_id in self.offers)
            and (not self.kinds or any(kind.fits(good) for kind in self.kinds))
        )


def promises_of(union: Union, *, now: datetime) -> list[PromiseNow]:
    """All that are in force, by the programs' names; as they were within the last seconds."""
    return remembered(("promises", union.pk), KEPT_FOR, lambda: _read(union, now))


def promises_for(union: Union, good: Good, *, now: datetime) -> list[PromiseNow]:
    """Those for this good, included ones first."""
    fitting = [each for each in promises_of(union, now=now) if each.is_for(good)]
    return sorted(fitting, key=lambda each: each.version.sale != Sale.INCLUDED)


def goods_of(union: Union, variant_ids: Iterable[int]) -> dict[int, Good]:
    """Variant → what it is sold as. One query."""
    rows = (
        Variant.objects.filter(union=union, pk__in=list(variant_ids))
        .order_by("pk")
        .values_list("pk", "product_id", "store_id", "product__category_id", "price", "product__kind")
    )
    return {
        pk: Good(product_id, store_id, category_id, [price], kind == Product.Kind.GOODS)
        for pk, product_id, store_id, category_id, price, kind in rows
    }


def category_of(union: Union, slug: str) -> int | None:
    """The id of the category with this short name; remembered with the promises."""
    slugs: dict[str, int] = remembered(
        ("category ids", union.pk),
        KEPT_FOR,
        lambda: dict(Category.objects.filter(union=union).order_by("pk").values_list("slug", "pk")),
    )
    return slugs.get(slug)


def program_version(union: Union, ref: str, *, number: int | None, now: datetime) -> ProgramVersion:
    """A version of a program: the one with this number, else the one in force, else the last. Raises NotFound."""
    versions = (
        ProgramVersion.objects.filter(union=union, program__ref=ref, valid_from__lte=now)
        .select_related("program__store")
        .order_by("-number")
    )
    found = versions.filter(number=number).first() if number is not None else versions.first()
    if found is None:
        raise NotFound
    return found


def _read(union: Union, now: datetime) -> list[PromiseNow]:
    """Three queries at most, one while nothing is promised."""
    versions = list(
        ProgramVersion.objects.filter(Q(valid_until=None) | Q(valid_until__gt=now), union=union, valid_from__lte=now)
        .select_related("program")
        .order_by("program__name", "pk")
    )
    if not versions:
        return []
    scopes: dict[int, list[Kind]] = {}
    found = ProgramScope.objects.filter(union=union, version__in=versions).order_by("pk")
    rows = list(found)
    below = _below(union, {row.category_id for row in rows if row.category_id is not None})
    for row in rows:
        categories = None if row.category_id is None else below[row.category_id]
        kind = Kind(row.product_id, categories, row.store_id, row.price_from, row.price_to)
        scopes.setdefault(row.version_id, []).append(kind)
    offers: dict[int, dict[int, tuple[int, int]]] = {}
    if any(version.sale == Sale.EXTRA for version in versions):
        open_ones = ProgramOffer.objects.filter(
            union=union, is_open=True, variant__is_active=True, variant__product__is_published=True
        ).order_by("pk")
        for program_id, store_id, variant_id, price in open_ones.values_list(
            "program_id", "store_id", "variant_id", "variant__price"
        ):
            offers.setdefault(program_id, {})[store_id] = (variant_id, price)
    return [PromiseNow(version, scopes.get(version.pk, []), offers.get(version.program_id, {})) for version in versions]


def _below(union: Union, categories: set[int]) -> dict[int, frozenset[int]]:
    """Each category with all below it."""
    if not categories:
        return {}
    found = Category.objects.filter(Q(pk__in=categories) | Q(ancestors__overlap=list(categories)), union=union)
    rows = list(found.order_by("pk").values_list("pk", "ancestors"))
    return {top: frozenset(pk for pk, ancestors in rows if pk == top or top in ancestors) for top in categories}
