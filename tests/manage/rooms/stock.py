"""What lies in the store: movements, suppliers, orders placed with them, sheets."""

from django.utils import timezone

from stores.models import PurchaseOrder, PurchaseOrderLine, SheetLine, StockMovement, StockSheet, Supplier, SupplierGood
from stores.services.supply.scanning import open_sheet
from tests.manage.people import Shop
from tests.stores.supply import supplied

PAGES = {
    "stock/": "stock",
    "stock/LOAF-1/": "stock",
    "stock-movements/": "stock",
    "reserve/": "stock",
    "stock-value/": "stock",
    "suppliers/": "stock",
    "suppliers/new/": "stock",
    "suppliers/{supplier}/": "stock",
    "suppliers/{supplier}/edit/": "stock",
    "purchase-orders/": "stock",
    "purchase-orders/{purchase}/": "stock",
    "stock-sheets/": "stock",
    "stock-sheets/new/count/": "stock",
    "stock-sheets/{sheet}/": "stock",
}
SENT = {
    "stock/LOAF-1/": "stock",
    "stock/LOAF-1/low/": "stock",
    "suppliers/new/": "stock",
    "suppliers/{supplier}/": "stock",
    "suppliers/{supplier}/edit/": "stock",
    "suppliers/{supplier}/good-gone/": "stock",
    "purchase-orders/": "stock",
    "purchase-orders/propose/": "stock",
    "purchase-orders/{purchase}/": "stock",
    "purchase-orders/{purchase}/send/": "stock",
    "purchase-orders/{purchase}/call-off/": "stock",
    "stock-sheets/new/lay_in/": "stock",
    "stock-sheets/{sheet}/": "stock",
    "stock-sheets/{sheet}/pieces/": "stock",
    "stock-sheets/{sheet}/book/": "stock",
    "stock-sheets/{sheet}/discard/": "stock",
}
MODELS = (StockMovement, Supplier, SupplierGood, PurchaseOrder, PurchaseOrderLine, StockSheet, SheetLine)


def names(shop: Shop, path: str) -> dict[str, str]:
    """An order at a supplier's, and a sheet."""
    if not path.startswith(("suppliers/{", "purchase-orders/{", "stock-sheets/{")):
        return {}
    order = PurchaseOrder.objects.filter(store=shop.store).first() or supplied(shop.store).order()
    sheet = StockSheet.objects.filter(store=shop.store).first() or open_sheet(
        store=shop.store, kind="lay_in", actor=None, now=timezone.now()
    )
    return {"supplier": order.supplier.ref, "purchase": order.number, "sheet": sheet.number}
