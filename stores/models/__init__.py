from stores.models.access import ApiKey, StaffInvitation, StoreStaff
from stores.models.catalogue import Category, CategoryAlias, Picture, Product, SearchTerm, TaxClass, Variant
from stores.models.files import ColumnMemory, FileRun
from stores.models.prices import PlannedPrice, PriceChange
from stores.models.reviews import Review, ReviewReport, Unfit
from stores.models.sheets import LowStock, SheetLine, SoldDay, StockSheet
from stores.models.stock import StockHold, StockLevel, StockMovement
from stores.models.store import DeliveryOption, OpeningHours, SpecialDay, Store
from stores.models.supply import PurchaseOrder, PurchaseOrderLine, Supplier, SupplierGood
from stores.models.urgent import UrgentBooking, UrgentClaim, UrgentLevel, UrgentPlace, UrgentSale

__all__ = [
    "ApiKey",
    "Category",
    "CategoryAlias",
    "ColumnMemory",
    "DeliveryOption",
    "FileRun",
    "LowStock",
    "OpeningHours",
    "Picture",
    "PlannedPrice",
    "PriceChange",
    "Product",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "Review",
    "ReviewReport",
    "SearchTerm",
    "SheetLine",
    "SoldDay",
    "SpecialDay",
    "StaffInvitation",
    "StockHold",
    "StockLevel",
    "StockMovement",
    "StockSheet",
    "Store",
    "StoreStaff",
    "Supplier",
    "SupplierGood",
    "TaxClass",
    "Unfit",
    "UrgentBooking",
    "UrgentClaim",
    "UrgentLevel",
    "UrgentPlace",
    "UrgentSale",
    "Variant",
]
