"""What can be reserved at a store, for shoppers and for those who run it."""

from __future__ import annotations

from django.db.models import F, Prefetch, Q, QuerySet

from core.errors import NotFound
from core.localized import localized
from core.money import format_money
from orders.errors import NotBookable
from orders.models import Bookable, Resource, ResourceDay, ResourceHours, ResourceService
from stores.models import Product, Store, Variant
from unions.models import Membership, Union


def offered_bookables(union: Union) -> QuerySet[Bookable]:
    """What shoppers can reserve: at a visible store, of a product that is shown; with union, store, product."""
    return (
        Bookable.objects.filter(
            union=union, is_active=True, store__is_published=True, store__membership__state=Membership.State.ACTIVE
        )
        .filter(Q(product=None) | Q(product__is_published=True))
        .filter(Q(variant=None) | Q(variant__is_active=True))
        .select_related("union", "store", "product", "variant")
        .order_by("id")
    )


def bookable_by_key(union: Union, key: str) -> Bookable:
    """The one with this key, for a shopper. Raises NotBookable."""
    found = offered_bookables(union).filter(key=key).first() if key else None
    if found is None:
        raise NotBookable
    return found


def is_bookable(*, union: Union, store: str, product: str = "") -> bool:
    """Whether anything of the store, or this product, can be reserved on its page. One query."""
    found = offered_bookables(union).filter(store__slug=store, without_conversation=True)
    return (found.filter(product__slug=product) if product else found).exists()


def bookables_at(*, union: Union, store: str, product: str = "") -> list[Bookable]:
    """What shoppers can reserve at a store without a conversation, visits first; with `product` (its slug) only that,
    its own rules before those of its variants. One query.
    """
    found = offered_bookables(union).filter(store__slug=store, without_conversation=True)
    if product:
        found = found.filter(product__slug=product)
    nulls_first = {"nulls_first": True}
    return list(found.order_by(F("product_id").asc(**nulls_first), F("variant_id").asc(**nulls_first), "id"))


def offered_resources(union: Union, *, store: str = "") -> QuerySet[Resource]:
    """Resources that do something that shoppers can reserve, with store and services: two queries."""
    doing = ResourceService.objects.filter(union=union, bookable__in=offered_bookables(union).values("pk"))
    found = Resource.objects.filter(union=union, is_active=True, pk__in=doing.values("resource"))
    if store:
        found = found.filter(store__slug=store)
    services = ResourceService.objects.select_related("bookable").order_by("id")
    return found.select_related("store").prefetch_related(Prefetch("services", services)).order_by("-id")


def resource_for_booking(bookable: Bookable, key: str) -> Resource:
    """One that does it, by its key. Raises NotBookable."""
    found = Resource.objects.filter(
        union_id=bookable.union_id, services__bookable=bookable, is_active=True, key=key
    ).first()
    if found is None:
        raise NotBookable
    return found


def variant_for_booking(bookable: Bookable, sku: str) -> Variant:
    """The variant of the service with this stock keeping unit. Raises NotBookable."""
    found = next((variant for variant in variants_of(bookable) if variant.sku == sku), None)
    if found is None:
        raise NotBookable
    return found


def variants_of(bookable: Bookable) -> list[Variant]:
    """The variants that are reserved by these rules: its own one, else those of the product without their own."""
    if bookable.variant is not None:
        return [bookable.variant]
    if bookable.product_id is None:
        return []
    own = Bookable.objects.filter(
        union_id=bookable.union_id, product=bookable.product_id, variant__isnull=False, is_active=True
    )
    variants = Variant.objects.filter(union_id=bookable.union_id, product=bookable.product_id, is_active=True)
    return list(variants.exclude(pk__in=own.values("variant")).order_by("position", "id"))


def choices_of(bookable: Bookable) -> list[tuple[Variant, Bookable]]:
    """Every variant of the service that can be reserved on its page, with the rules that hold for it. Two queries."""
    if bookable.product_id is None:
        return []
    rows = offered_bookables(bookable.union).filter(product=bookable.product_id, without_conversation=True)
    rules = {row.variant_id: row for row in rows}
    variants = Variant.objects.filter(union_id=bookable.union_id, product=bookable.product_id, is_active=True)
    found = [(one, rules.get(one.pk, rules.get(None))) for one in variants.order_by("position", "id")]
    return [(variant, row) for variant, row in found if row is not None]


def title_of(bookable: Bookable, language: str | None = None) -> str:
    """The service's title, or the visit's own."""
    if bookable.product is None:
        return bookable.title
    return localized(bookable.product, "title", language)


def full_title_of(bookable: Bookable) -> str:
    """The same with the variant that the rules are for: `At the wheel · A whole day`."""
    options = bookable.variant.options_text if bookable.variant is not None else ""
    return f"{title_of(bookable)} · {options}" if options else title_of(bookable)


def price_of(bookable: Bookable, variant: Variant | None) -> int:
    """What it costs in minor units: the variant's price, else the least of the product; a visit is free."""
    if variant is not None:
        return variant.price
    return bookable.product.price_from if bookable.product else 0


def price_words(bookable: Bookable, variant: Variant | None) -> str:
    """The price for a person; an empty text for what costs nothing."""
    price = price_of(bookable, variant)
    return format_money(price, bookable.union.currency) if price else ""


def bookables_to_manage(store: Store) -> QuerySet[Bookable]:
    """Everything of a store that can or could be reserved, with product, variant and who does it."""
    served = ResourceService.objects.select_related("resource").order_by("resource__position", "resource_id")
    return (
        Bookable.objects.filter(union_id=store.union_id, store=store)
        .select_related("union", "store", "product", "variant")
        .prefetch_related(Prefetch("served_by", served))
        .order_by("-is_active", "id")
    )


def services_to_book(store: Store) -> list[Product]:
    """The store's services that are not put away, with the variants that are sold. Two queries."""
    variants = Variant.objects.filter(union_id=store.union_id, is_active=True).order_by("position", "id")
    found = Product.objects.filter(
        union_id=store.union_id, store=store, kind=Product.Kind.SERVICE, archived_at=None
    ).prefetch_related(Prefetch("variants", variants))
    return list(found.order_by("title", "id"))


def bookable_to_manage(store: Store, key: str) -> Bookable:
    """One of them by its key. Raises NotFound."""
    found = bookables_to_manage(store).filter(key=key).first()
    if found is None:
        raise NotFound
    return found


def resources_to_manage(store: Store) -> QuerySet[Resource]:
    """The store's resources with hours, special days and services."""
    return (
        Resource.objects.filter(union_id=store.union_id, store=store)
        .prefetch_related(
            Prefetch("hours", ResourceHours.objects.order_by("weekday", "opens")),
            Prefetch("special_days", ResourceDay.objects.order_by("date")),
            Prefetch("services", ResourceService.objects.select_related("bookable__product").order_by("id")),
        )
        .order_by("-is_active", "position", "id")
    )


def resource_to_manage(store: Store, key: str) -> Resource:
    """One of them by its key. Raises NotFound."""
    found = resources_to_manage(store).filter(key=key).first()
    if found is None:
        raise NotFound
    return found
