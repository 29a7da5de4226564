"""What the management pages show: goods, stock and its movements, hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import Count, F, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from core.errors import NotFound
from stores.models import (
    Category,
    Picture,
    Product,
    SpecialDay,
    StockLevel,
    StockMovement,
    Store,
    StoreStaff,
    TaxClass,
    Variant,
)
from stores.queries.opening import Opening, Span, Special, opening_at

GOODS_STATES = ("all", "shown", "hidden", "low", "archived")
STOCK_STATES = ("all", "low", "out")
MOVEMENTS_PER_PAGE = 50


def permissions_in(store: Store, user: User) -> frozenset[str]:
    """What the person may do in a store that `managed_store` found: everything for owners, nothing for the office."""
    if store.may_owner:  # type: ignore[attr-defined]
        return frozenset(StoreStaff.Permission.values)
    granted = StoreStaff.objects.filter(union_id=store.union_id, store=store, user=user)
    return frozenset(granted.values_list("permissions", flat=True).first() or ())


def categories_in_use(store: Store) -> QuerySet[Category]:
    """The categories in which the store has goods, and those above them."""
    used = Category.objects.filter(union_id=store.union_id, products__store=store).distinct()
    above = {pk for category in used for pk in (category.pk, *category.ancestors)}
    return Category.objects.filter(union_id=store.union_id, pk__in=above)


def goods_list(
    store: Store, *, words: str = "", state: str = "all", category_id: int | None = None
) -> QuerySet[Product]:
    """The store's products with `variant_count` and `available` (None when nothing is counted), by title."""
    levels = StockLevel.objects.filter(variant__product=OuterRef("pk"), variant__is_active=True).order_by()
    available = levels.values("variant__product").annotate(total=Sum("available")).values("total")
    sold = Variant.objects.filter(product=OuterRef("pk"), is_active=True).order_by()
    variant_count = sold.values("product").annotate(total=Count("pk")).values("total")
    products = (
        Product.objects.filter(union_id=store.union_id, store=store, archived_at__isnull=state != "archived")
        .select_related("category")
        .annotate(
            variant_count=Coalesce(Subquery(variant_count, output_field=IntegerField()), 0),
            available=Subquery(available, output_field=IntegerField()),
        )
        .order_by("title", "pk")
    )
    if state in {"shown", "hidden"}:
        products = products.filter(is_published=state == "shown")
    if state == "low":
        products = products.filter(pk__in=low_levels(store).values("variant__product"))
    if category_id:
        products = products.filter(Q(category=category_id) | Q(category__ancestors__contains=[category_id]))
    for word in words.split():
        coded = Variant.objects.filter(union_id=store.union_id, store=store).filter(
            Q(sku__icontains=word) | Q(gtin=word)
        )
        products = products.filter(
            Q(title__icontains=word) | Q(tags__contains=[word]) | Q(pk__in=coded.values("product"))
        )
    return products


def categories_of(union_id: int) -> QuerySet[Category]:
    """The union's own tree of goods, to choose from."""
    return Category.objects.filter(union_id=union_id)


def tax_classes_of(union_id: int) -> QuerySet[TaxClass]:
    """The rates of the union's country, to choose from."""
    return TaxClass.objects.filter(union_id=union_id)


def product_to_edit(store: Store, slug: str) -> Product:
    """The product with its variants (with stock) and pictures, in three queries. Raises NotFound."""
    product = (
        Product.objects.filter(union_id=store.union_id, store=store, slug=slug)
        .select_related("category", "tax_class", "store__union")
        .prefetch_related(
            Prefetch("variants", Variant.objects.select_related("stock").order_by("-is_active", "position", "id")),
            Prefetch("pictures", Picture.objects.order_by("position", "id")),
        )
        .first()
    )
    if product is None:
        raise NotFound
    return product


def variant_of(product: Product, pk: str | int | None) -> Variant:
    """The product's variant with this id. Raises NotFound."""
    found = [variant for variant in product.variants.all() if str(variant.pk) == str(pk)]
    if not found:
        raise NotFound
    found[0].product = product
    return found[0]


def picture_of(product: Product, pk: str | int | None) -> Picture:
    """The product's picture with this id. Raises NotFound."""
    found = [picture for picture in product.pictures.all() if str(picture.pk) == str(pk)]
    if not found:
        raise NotFound
    found[0].product = product
    return found[0]


def low_levels(store: Store) -> QuerySet[StockLevel]:
    """Levels of sold variants at or below the mark at which staff want to be told."""
    return StockLevel.objects.filter(
        union_id=store.union_id,
        variant__store=store,
        variant__is_active=True,
        variant__product__archived_at=None,
        available__lte=F("low_at"),
    )


def stock_list(store: Store, *, words: str = "", state: str = "all") -> QuerySet[StockLevel]:
    """Levels of the store's counted variants with variant and product, by title."""
    levels = low_levels(store)
    if state != "low":
        levels = StockLevel.objects.filter(
            union_id=store.union_id, variant__store=store, variant__product__archived_at=None
        ).filter(Q(variant__is_active=True) | Q(on_hand__gt=0))
    if state == "out":
        levels = levels.filter(available__lte=0)
    for word in words.split():
        levels = levels.filter(
            Q(variant__sku__icontains=word) | Q(variant__gtin=word) | Q(variant__product__title__icontains=word)
        )
    return levels.select_related("variant__product").order_by(
        "variant__product__title", "variant__position", "variant_id"
    )


def counted_variant(store: Store, sku: str) -> Variant:
    """The counted variant with this stock keeping unit, with product and level. Raises NotFound."""
    variant = (
        Variant.objects.filter(union_id=store.union_id, store=store, sku=sku, tracks_stock=True)
        .select_related("product", "stock", "store__union")
        .first()
    )
    if variant is None:
        raise NotFound
    return variant


def movements(
    store: Store, *, variant: Variant | None = None, kind: str = "", before: int | None = None
) -> tuple[Sequence[StockMovement], int | None]:
    """Up to MOVEMENTS_PER_PAGE changes, newest first, and the id to go on from (None at the end)."""
    rows = StockMovement.objects.filter(union_id=store.union_id, variant__store=store)
    if variant is not None:
        rows = rows.filter(variant=variant)
    if kind in StockMovement.Kind.values:
        rows = rows.filter(kind=kind)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    page = list(rows.select_related("variant__product", "actor").order_by("-pk")[: MOVEMENTS_PER_PAGE + 1])
    if len(page) <= MOVEMENTS_PER_PAGE:
        return page, None
    return page[:MOVEMENTS_PER_PAGE], page[MOVEMENTS_PER_PAGE - 1].pk


def opening_of(store: Store, *, now: datetime) -> Opening:
    """The state of a store at a moment, in its union's time zone; two queries."""
    week = [Span(row.weekday, row.opens, row.closes) for row in store.opening_hours.all()]
    special = [Special(row.date, row.opens, row.closes, row.reason) for row in store.special_days.all()]
    return opening_at(now, store.union.time_zone, week, special)


def special_days_from(store: Store, start: date) -> list[SpecialDay]:
    """Days with hours of their own from a date on."""
    return list(SpecialDay.objects.filter(union_id=store.union_id, store=store, date__gte=start))
