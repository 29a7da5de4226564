"""A store to manage and the people who come to its pages."""

from dataclasses import dataclass
from typing import Any

from django.test import Client

from stores.models import Product, Store, Variant
from tests.factories.accounts import UserFactory
from tests.factories.orders import OrderFactory
from tests.factories.stores import (
    DeliveryOptionFactory,
    OpeningHoursFactory,
    ProductFactory,
    StoreFactory,
    StoreStaffFactory,
    VariantFactory,
)
from tests.factories.unions import UnionStaffFactory, owner_of


@dataclass
class Shop:
    """A store with a product, a variant of ten pieces, hours, delivery and an order; its people come signed in."""

    store: Store
    product: Product
    variant: Variant
    order: Any

    def url(self, path: str = "") -> str:
        return f"/manage/{self.store.union.slug}/{self.store.slug}/{path}"

    def owner(self) -> Client:
        return signed_in(owner_of(self.store.membership))

    def staff(self, *permissions: str) -> Client:
        return signed_in(StoreStaffFactory(store=self.store, permissions=list(permissions)).user)

    def colleague_next_door(self) -> Client:
        next_door = StoreFactory(union=self.store.union)
        return signed_in(StoreStaffFactory(store=next_door, permissions=ALL_PERMISSIONS).user)

    def office(self) -> Client:
        return signed_in(UnionStaffFactory(union=self.store.union).user)


ALL_PERMISSIONS = ["orders", "catalogue", "stock", "settlement", "team", "console"]


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def other_office() -> Client:
    return signed_in(UnionStaffFactory().user)


def shopper() -> Client:
    return signed_in(UserFactory())


def new_shop() -> Shop:
    store = StoreFactory(name="Harbour Bakery", tagline="Fresh", description="Every morning.")
    product = ProductFactory(store=store, slug="loaf", title="Seeded loaf")
    variant = VariantFactory(product=product, sku="LOAF-1", price=380)
    OpeningHoursFactory(store=store)
    DeliveryOptionFactory(store=store)
    return Shop(store, product, variant, OrderFactory(store=store, state="paid"))
