"""A store with a supplier, two articles and what they cost there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stores.models import PurchaseOrder, StockLevel, Store, Supplier, Variant
from stores.services.supply.ordering import Wanted, send_order, write_order
from stores.services.supply.suppliers import GoodTerms, SupplierDetails, save_good, save_supplier
from tests.factories.stores import StoreFactory, VariantFactory

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Supplied:
    """Ten pieces of flour at 300 and none of salt at 120 from the mill."""

    store: Store
    mill: Supplier
    flour: Variant
    salt: Variant

    def order(self, flour: int = 10, salt: int = 0) -> PurchaseOrder:
        """Sent to the mill."""
        wanted = [Wanted(one, pieces) for one, pieces in ((self.flour, flour), (self.salt, salt)) if pieces]
        order = write_order(store=self.store, supplier=self.mill, wanted=wanted, actor=None, now=NOW)
        send_order(order=order, actor=None, now=NOW)
        return order

    def on_hand(self, variant: Variant) -> int:
        return StockLevel.objects.values_list("on_hand", flat=True).get(pk=variant.pk)


def supplied(store: Any = None) -> Supplied:
    store = store or StoreFactory()
    flour = VariantFactory(store=store, sku="FLOUR", gtin="4006381333931", stock=10, product__title="Flour")
    salt = VariantFactory(store=store, sku="SALT", stock=1, product__title="Salt")
    details = SupplierDetails(name="Mill", email="mill@example.com", lead_days=5)
    mill = save_supplier(store=store, details=details, actor=None, now=NOW)
    terms = GoodTerms(price=300, code="M-1", pack_size=6, minimum=12)
    save_good(supplier=mill, variant=flour, terms=terms, actor=None, now=NOW)
    save_good(supplier=mill, variant=salt, terms=GoodTerms(price=120), actor=None, now=NOW)
    return Supplied(store, mill, flour, salt)
