"""Stores, their goods and their stock. Whatever hangs together is of the same union by itself."""

from __future__ import annotations

from typing import Any

import factory
from django.utils import timezone

from stores.models import (
    Category,
    DeliveryOption,
    OpeningHours,
    Product,
    Review,
    SpecialDay,
    Store,
    StoreStaff,
    TaxClass,
    Variant,
)
from stores.services.stock import receive, refresh_in_stock
from tests.factories.accounts import UserFactory
from tests.factories.unions import MembershipFactory, UnionFactory


class StoreFactory(factory.django.DjangoModelFactory):
    """A published store of an active member: `StoreFactory(union=union)` or `StoreFactory(membership=membership)`."""

    class Meta:
        model = Store

    membership = factory.SubFactory(MembershipFactory)
    union = factory.SelfAttribute("membership.union")
    slug = factory.Sequence(lambda n: f"store{n}")
    name = factory.Sequence(lambda n: f"Store {n}")
    is_published = True

    @classmethod
    def _generate(cls, strategy: str, params: dict[str, Any]) -> Any:
        if "union" in params and "membership" not in params:
            params.setdefault("membership__union", params["union"])
        return super()._generate(strategy, params)


class TaxClassFactory(factory.django.DjangoModelFactory):
    """One tax class `standard` at 20 % per union."""

    class Meta:
        model = TaxClass
        django_get_or_create = ("union", "code")

    union = factory.SubFactory(UnionFactory)
    code = "standard"
    name = "Standard"
    rate_bp = 2000


class CategoryFactory(factory.django.DjangoModelFactory):
    """A category; with `parent=` it hangs below it, in the same union."""

    class Meta:
        model = Category

    parent = None
    union = factory.Maybe("parent", factory.SelfAttribute("parent.union"), factory.SubFactory(UnionFactory))
    slug = factory.Sequence(lambda n: f"category{n}")
    name = factory.Sequence(lambda n: f"Category {n}")
    ancestors = factory.LazyAttribute(lambda c: [*c.parent.ancestors, c.parent.pk] if c.parent else [])


class ProductFactory(factory.django.DjangoModelFactory):
    """A published product of a published store. It has no variants: `VariantFactory(product=…)` adds them."""

    class Meta:
        model = Product

    store = factory.SubFactory(StoreFactory)
    union = factory.SelfAttribute("store.union")
    tax_class = factory.SubFactory(TaxClassFactory, union=factory.SelfAttribute("..store.union"))
    slug = factory.Sequence(lambda n: f"product{n}")
    title = factory.Sequence(lambda n: f"Product {n}")

    @classmethod
    def _generate(cls, strategy: str, params: dict[str, Any]) -> Any:
        if "union" in params and "store" not in params:
            params.setdefault("store__union", params["union"])
        return super()._generate(strategy, params)


class VariantFactory(factory.django.DjangoModelFactory):
    """A variant at 10.00 with `stock` pieces (10 unless told; 0 leaves it without a level).

    `VariantFactory(tracks_stock=False)` is a service, never counted. `VariantFactory(store=store)` makes the product.
    """

    class Meta:
        model = Variant
        skip_postgeneration_save = True

    product = factory.SubFactory(ProductFactory)
    store = factory.SelfAttribute("product.store")
    union = factory.SelfAttribute("product.union")
    sku = factory.Sequence(lambda n: f"SKU-{n:05d}")
    price = 1000

    @classmethod
    def _generate(cls, strategy: str, params: dict[str, Any]) -> Any:
        for name in ("store", "union"):
            if name in params and "product" not in params:
                params.setdefault(f"product__{name}", params[name])
        return super()._generate(strategy, params)

    @factory.post_generation
    def stock(self: Variant, create: bool, extracted: Any, **_: Any) -> None:  # type: ignore[misc]
        if not create:
            return
        pieces = 10 if extracted is None else extracted
        if self.tracks_stock and pieces:
            receive(variant=self, quantity=pieces, actor=None, reason="opening", now=timezone.now())
        refresh_in_stock(product_ids=[self.product_id])
        self.product.refresh_from_db(fields=["in_stock"])
        prices = [price for price in (self.product.price_from, self.product.price_to) if price]
        self.product.price_from = min([*prices, self.price])
        self.product.price_to = max([*prices, self.price])
        self.product.save(update_fields=["price_from", "price_to"])


class DeliveryOptionFactory(factory.django.DjangoModelFactory):
    """Delivery for 4.00 within one to three days."""

    class Meta:
        model = DeliveryOption

    store = factory.SubFactory(StoreFactory)
    union = factory.SelfAttribute("store.union")
    kind = DeliveryOption.Kind.DELIVERY
    name = "Parcel"
    price = 400
    lead_days_min = 1
    lead_days_max = 3


class PickupFactory(DeliveryOptionFactory):
    """Free pick-up on the same day."""

    kind = DeliveryOption.Kind.PICKUP
    name = "Pick up at the store"
    price = 0
    lead_days_min = 0
    lead_days_max = 0


class OpeningHoursFactory(factory.django.DjangoModelFactory):
    """Mondays from nine to five."""

    class Meta:
        model = OpeningHours

    store = factory.SubFactory(StoreFactory)
    union = factory.SelfAttribute("store.union")
    weekday = 0
    opens = "09:00"
    closes = "17:00"


class SpecialDayFactory(factory.django.DjangoModelFactory):
    """Closed on a date."""

    class Meta:
        model = SpecialDay

    store = factory.SubFactory(StoreFactory)
    union = factory.SelfAttribute("store.union")
    date = "2026-12-25"
    reason = "Christmas Day"


class StoreStaffFactory(factory.django.DjangoModelFactory):
    """Someone who works in a store: `StoreStaffFactory(store=store, permissions=["orders"])`."""

    class Meta:
        model = StoreStaff

    store = factory.SubFactory(StoreFactory)
    union = factory.SelfAttribute("store.union")
    user = factory.SubFactory(UserFactory)
    permissions: list[str] = []


class ReviewFactory(factory.django.DjangoModelFactory):
    """Five stars for a product (the kept sums are not touched: use write_review for that)."""

    class Meta:
        model = Review

    product = factory.SubFactory(ProductFactory)
    store = factory.SelfAttribute("product.store")
    union = factory.SelfAttribute("product.union")
    author_name = "A shopper"
    stars = 5
    words = "Just right."
    written_at = factory.LazyFunction(timezone.now)
