from stores.models.access import ApiKey, StaffInvitation, StoreStaff
from stores.models.catalogue import Category, Picture, Product, SearchTerm, TaxClass, Variant
from stores.models.reviews import Review
from stores.models.stock import StockHold, StockLevel, StockMovement
from stores.models.store import DeliveryOption, OpeningHours, SpecialDay, Store

__all__ = [
    "ApiKey",
    "Category",
    "DeliveryOption",
    "OpeningHours",
    "Picture",
    "Product",
    "Review",
    "SearchTerm",
    "SpecialDay",
    "StaffInvitation",
    "StockHold",
    "StockLevel",
    "StockMovement",
    "Store",
    "StoreStaff",
    "TaxClass",
    "Variant",
]
