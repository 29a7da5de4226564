"""A store that has something of every kind of file."""

from __future__ import annotations

from datetime import timedelta

from orders.models import Return, ReturnLine
from stores.services.catalogue.planning import plan_price
from stores.services.catalogue.prices import set_price
from tests.factories.orders import NOW as SOLD
from tests.factories.parcels import packed_order, sent
from tests.factories.urgent import urgent_sale
from tests.manage.people import Shop, new_shop
from tests.orders.responding import asked
from tests.stores.supply import NOW, supplied


def full_shop() -> Shop:
    """A row at least of each."""
    shop = new_shop()
    there = supplied(shop.store)
    there.order()
    set_price(variant=there.salt, price=150, actor=None, now=NOW)
    plan_price(variant=there.flour, price=250, starts_at=NOW + timedelta(days=3), actor=None, now=NOW)
    urgent_sale(shop.variant, now=SOLD)
    sent(packed_order(store=shop.store))
    back = Return.objects.create(
        union=shop.store.union, store=shop.store, order=shop.order, number="BACK-1", currency="GBP", total=500,
        requested_at=NOW, reason="cracked",
    )  # fmt: skip
    ReturnLine.objects.create(
        union=shop.store.union, returned=back, title="Loaf", quantity=1, unit_price=500, total=500
    )
    asked(shop.store)
    return shop
