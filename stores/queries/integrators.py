"""What a program with a key, or without one, sees of a union's stores, goods and stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import BigIntegerField, Count, Prefetch, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, NotFound
from stores.models import ApiKey, Category, Product, SpecialDay, StockMovement, Store, Variant
from stores.queries.goods import MOST_FOUND, rank_of
from stores.queries.search import correct, query_of
from unions.models import BusinessClass, Membership, Union
from unions.queries import class_tree

RELEVANCE = f"""
(round(({rank_of("stores_product", "%s")}) * 100000)::bigint * 2 + stores_product.in_stock::int) * 1000000000000
    + stores_product.id
"""
"""Rank, then what is in stock, then what is newer, as one number: a cursor can stand at it."""


@dataclass(frozen=True, slots=True)
class GoodsFilter:
    """What a list of goods is narrowed to. `query` is the text of a tsquery; `business_class` counts all below it."""

    query: str = ""
    business_class: str = ""
    category: str = ""
    store: str = ""
    in_stock: bool | None = None


def classes_in(union: Union) -> list[tuple[BusinessClass, int]]:
    """The business classes of a union's stores and those above, in order, each with how many stores it has below it.

    Two queries and one for the classes above.
    """
    stores = Store.objects.filter(union=union, business_class__isnull=False).visible()
    counts = dict(stores.order_by().values_list("business_class").annotate(count=Count("pk")))
    tree = class_tree(counts)
    below: dict[str, int] = {}
    for node in tree:
        if node.code in counts:
            for code in node.ancestors:
                below[code] = below.get(code, 0) + counts[node.code]
    return [(node, below.get(node.code, 0)) for node in tree]


def stores_in(union: Union, *, business_class: str = "") -> QuerySet[Store]:
    """The stores that shoppers see, newest first; of a business class and everything below it."""
    stores = Store.objects.filter(union=union).visible().select_related("business_class")
    if business_class:
        stores = stores.filter(business_class__ancestors__contains=[business_class])
    return stores.order_by("-id")


def store_in(union: Union, slug: str, *, today: date) -> Store:
    """A visible store with its opening hours, special days from today on and ways of delivery. Raises NotFound."""
    coming = SpecialDay.objects.filter(union=union, date__gte=today).order_by("date")
    store = (
        stores_in(union)
        .filter(slug=slug)
        .prefetch_related("opening_hours", Prefetch("special_days", coming, to_attr="coming_days"), "delivery_options")
        .first()
    )
    if store is None:
        raise NotFound
    return store


def goods_for(union: Union, key: ApiKey | None, wish: GoodsFilter) -> QuerySet[Product]:
    """The goods that this caller may see, newest first, each with `sold_variants` and their stock. Two queries.

    With a `query` the best match first, as the union's pages rank them, among the newest matches; each then carries
    its `relevance`, which no two goods share.
    """
    goods = _seen_by(union, key)
    if wish.query:
        goods = goods.extra(where=["stores_product.search @@ %s::tsquery"], params=[wish.query])
    if wish.business_class:
        goods = goods.filter(store__business_class__ancestors__contains=[wish.business_class])
    if wish.category:
        goods = goods.filter(category__in=_categories(union, wish.category))
    if wish.store:
        goods = goods.filter(store__slug=wish.store)
    if wish.in_stock is not None:
        goods = goods.filter(in_stock=wish.in_stock)
    shown = goods.select_related("store", "category", "tax_class").prefetch_related(_variants())
    if not wish.query:
        return shown.order_by("-id")
    newest = goods.order_by("-created_at", "-id").values("pk")[:MOST_FOUND]
    relevance = RawSQL(RELEVANCE, [wish.query, wish.query], output_field=BigIntegerField())  # noqa: S611
    return shown.filter(pk__in=newest).annotate(relevance=relevance).order_by("-relevance")


def searched_goods(union: Union, key: ApiKey | None, wish: GoodsFilter, words: str) -> QuerySet[Product]:
    """`goods_for` with these words; when they find nothing, with the words of the catalogue that were probably meant.

    One query more than goods_for, at most three more.
    """
    query = query_of(union.pk, words)
    goods = goods_for(union, key, replace(wish, query=query)) if query else Product.objects.none()
    if goods.exists():
        return goods
    meant = correct(union, words)
    return goods_for(union, key, replace(wish, query=meant.query)) if meant else Product.objects.none()


def product_for(union: Union, key: ApiKey | None, store: str, slug: str) -> Product:
    """One product that this caller may see, with its pictures. Raises NotFound."""
    goods = goods_for(union, key, GoodsFilter(store=store)).filter(slug=slug)
    product = goods.prefetch_related("pictures").first()
    if product is None:
        raise NotFound
    return product


def _seen_by(union: Union, key: ApiKey | None) -> QuerySet[Product]:
    """What shoppers see; with `catalogue:read` also what is not shown yet: a store's own, an office's all."""
    goods = Product.objects.filter(union=union)
    if key is None or key.user_id is not None or "catalogue:read" not in key.scopes:
        return goods.visible()
    kept = Q(archived_at=None)
    if key.store_id is None:
        return goods.filter(kept)
    shown = Q(is_published=True, store__is_published=True, store__membership__state=Membership.State.ACTIVE)
    return goods.filter(shown | (kept & Q(store=key.store_id)))


def _categories(union: Union, slug: str) -> QuerySet[Any]:
    """The category with this short name and everything below it."""
    found = Category.objects.filter(union=union, slug=slug).values_list("pk", flat=True)
    return Category.objects.filter(union=union).filter(Q(slug=slug) | Q(ancestors__overlap=list(found)))


def _variants() -> Prefetch[Any]:
    sold = Variant.objects.filter(is_active=True).select_related("stock").order_by("position", "id")
    return Prefetch("variants", sold, to_attr="sold_variants")


def variants_for(union: Union, key: ApiKey, *, store: str = "") -> QuerySet[Variant]:
    """The variants whose prices and stock a key may handle: a store's own, an office's all, a customer's none."""
    variants = Variant.objects.filter(union=union).select_related("store", "product", "stock").order_by("-id")
    if key.user_id is not None:
        return variants.none()
    if key.store_id is not None:
        variants = variants.filter(store=key.store_id)
    return variants.filter(store__slug=store) if store else variants


def variant_for(union: Union, key: ApiKey, sku: str, *, store: str = "") -> Variant:
    """The one variant with this stock keeping unit. An office's key says in which store when two have it.

    Raises NotFound, Invalid.
    """
    found = list(variants_for(union, key, store=store).filter(sku=sku)[:2])
    if not found:
        raise NotFound
    if len(found) > 1:
        raise Invalid(_("Several stores have this stock keeping unit: say which one."), field="store")
    return found[0]


def store_of_key(union: Union, key: ApiKey, *, store: str = "") -> Store:
    """The one store that a call is about: that of the key, or the one an office names. Raises NotFound, Invalid."""
    stores = Store.objects.filter(union=union).select_related("union", "membership")
    if key.user_id is not None:
        raise NotFound
    if key.store_id is not None:
        stores = stores.filter(pk=key.store_id)
    elif not store:
        raise Invalid(_("Say which store: ?store="), field="store")
    found = (stores.filter(slug=store) if store else stores).first()
    if found is None:
        raise NotFound
    return found


def counted_variants_for(union: Union, key: ApiKey, *, store: str = "") -> QuerySet[Variant]:
    """Those of them that are counted; services are not."""
    return variants_for(union, key, store=store).filter(tracks_stock=True)


def counted_variant_for(union: Union, key: ApiKey, sku: str, *, store: str = "") -> Variant:
    """The same for something that is counted. Raises NotFound for services."""
    variant = variant_for(union, key, sku, store=store)
    if not variant.tracks_stock:
        raise NotFound
    return variant


def movements_of(variant: Variant) -> QuerySet[StockMovement]:
    """Every change of a variant's stock, newest first."""
    return StockMovement.objects.filter(union=variant.union_id, variant=variant).order_by("-id")


def variant_ids(union: Union, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The ids of variants by (store's short name, stock keeping unit); one query, unknown ones are left out."""
    if not wanted:
        return {}
    asked = Q()
    for store, sku in wanted:
        asked |= Q(store__slug=store, sku=sku)
    rows = Variant.objects.filter(asked, union=union).values_list("store__slug", "sku", "pk")
    return {(store, sku): pk for store, sku, pk in rows}
