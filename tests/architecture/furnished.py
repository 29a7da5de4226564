"""What a store of the two unions has of suppliers, sheets and files, all of it carrying the marker."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from stores.models import FileRun, PurchaseOrder, StockSheet, Supplier
from stores.services.files.running import begin_export
from stores.services.supply.ordering import Wanted, write_order
from stores.services.supply.scanning import open_sheet
from stores.services.supply.suppliers import GoodTerms, SupplierDetails, save_good, save_supplier


def furnished(place: Any, there: Any) -> dict[str, str]:
    """A supplier with a price, an order placed there and a sheet."""
    union, store, now = place.union, place.store, timezone.now()
    details = SupplierDetails(name=f"{place.marker} mill", terms=place.marker)
    mill = save_supplier(store=store, details=details, actor=None, now=now)
    save_good(supplier=mill, variant=there.bread, terms=GoodTerms(price=77), actor=None, now=now)
    order = write_order(
        store=store, supplier=mill, wanted=[Wanted(there.bread, 3)], actor=None, now=now, note=place.marker
    )
    sheet = open_sheet(store=store, kind="lay_in", actor=None, now=now, supplier=mill, note=place.marker)
    Supplier.objects.filter(pk=mill.pk, union=union).update(ref="SAME-SUPPLIER")
    PurchaseOrder.objects.filter(pk=order.pk, union=union).update(number="SAME-PURCHASE")
    StockSheet.objects.filter(pk=sheet.pk, union=union).update(number="SAME-SHEET")
    made = begin_export(store=store, kind="stock", shape="csv", actor=place.people["owner"], now=now)
    FileRun.objects.filter(pk=made.pk, union=union).update(ref="SAME-FILE", name=f"{place.marker}.csv")
    return {
        "file_run": "SAME-FILE",
        "supplier": "SAME-SUPPLIER",
        "purchase_order": "SAME-PURCHASE",
        "sheet": "SAME-SHEET",
    }
