"""Suppliers of the demo stores: prices of their goods, orders on their way, marks at which more is ordered, a count."""

from __future__ import annotations

from datetime import datetime, timedelta

from stores.models import StockLevel, Store, Supplier, Variant
from stores.services.catalogue.planning import plan_price
from stores.services.supply.booking import book_sheet, receive_delivery
from stores.services.supply.low import keep_sold_days, notice_low_stock
from stores.services.supply.ordering import Wanted, send_order, write_order
from stores.services.supply.scanning import open_sheet, set_pieces
from stores.services.supply.suppliers import GoodTerms, SupplierDetails, save_good, save_supplier
from unions.models import Union

SHELVES = ("A1", "A2", "B1", "B2")
PRICED = 24
"""So many articles of a store have a supplier; the others show what the page says without one."""
HALF = 55
"""Percent of the price that a piece costs there."""


def load_supplies(*, union: Union, until: datetime) -> None:
    """Every store gets a supplier of its own beside the union's; what ran low is told."""
    if Supplier.objects.filter(union=union).exists():
        return
    shared = Supplier.objects.create(
        union=union,
        ref=f"SU-{union.slug.upper()}"[:24],
        name=f"{union.name} Wholesale",
        email=f"orders@wholesale.{union.slug}.example",
        lead_days=2,
        terms="30 days net",
    )
    for number, store in enumerate(Store.objects.filter(union=union).select_related("union").order_by("pk")):
        _supply(store, shared, number, until)
    keep_sold_days(since=until - timedelta(days=60))
    notice_low_stock(now=until)


def _supply(store: Store, shared: Supplier, number: int, until: datetime) -> None:
    variants = list(
        Variant.objects.filter(union=store.union_id, store=store, tracks_stock=True, is_active=True)
        .select_related("product", "stock")
        .order_by("pk")[:PRICED]
    )
    if len(variants) < 4:
        return
    details = SupplierDetails(
        name=f"{store.name} & Partners",
        contact="Robin Penrose",
        email=f"supply@{store.slug}.example",
        phone="+44 1637 555010",
        lead_days=4 + number % 5,
        customer_number=str(10_000 + number),
    )
    own = save_supplier(store=store, details=details, actor=None, now=until)
    for at, variant in enumerate(variants):
        supplier = shared if at % 4 == 3 else own
        terms = GoodTerms(price=max(1, variant.price * HALF // 100), code=f"N-{1000 + at}", pack_size=1 + at % 3)
        save_good(supplier=supplier, variant=variant, terms=terms, actor=None, now=until)
        available = variant.stock.available if hasattr(variant, "stock") else 0
        # A few stand at their mark now, so that the proposal has something to say.
        low_at = available + 1 if at % 6 == 0 else max(1, available // 4)
        StockLevel.objects.filter(pk=variant.pk, union=store.union_id).update(
            low_at=low_at, reorder_quantity=6 if at % 2 else 0, shelf=SHELVES[at % len(SHELVES)]
        )
    first, second, third, fourth = variants[1], variants[2], variants[4 % len(variants)], variants[3]
    came = until - timedelta(days=2)
    wanted = [Wanted(first, 12), Wanted(second, 6)]
    order = write_order(store=store, supplier=own, wanted=wanted, actor=None, now=came - timedelta(days=5))
    send_order(order=order, actor=None, now=came - timedelta(days=5))
    receive_delivery(
        store=store,
        purchase_order=order,
        pieces=[(first, 8, None)],
        delivery_note=f"D-{4711 + number}",
        actor=None,
        now=came,
    )
    receive_delivery(store=store, supplier=shared, pieces=[(fourth, 3, None)], actor=None, now=came)
    sheet = open_sheet(store=store, kind="count", actor=None, now=came, shelf=SHELVES[0])
    level = StockLevel.objects.get(pk=third.pk, union=store.union_id)
    set_pieces(sheet=sheet, variant=third, quantity=level.on_hand + 1, actor=None, now=came)
    book_sheet(sheet=sheet, actor=None, now=came)
    open_sheet(store=store, kind="take_out", cause="damage", actor=None, now=until, note="Leaking roof")
    plan_price(
        variant=variants[0],
        price=max(1, variants[0].price * 9 // 10),
        starts_at=until + timedelta(days=5),
        ends_at=until + timedelta(days=8),
        actor=None,
        now=until,
    )
