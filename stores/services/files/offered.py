"""Goods, stock, prices, urgent sales and suppliers of a store as files. Imported when the app is ready."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from stores.models import (
    PlannedPrice,
    PriceChange,
    Product,
    PurchaseOrderLine,
    StockLevel,
    StockMovement,
    Store,
    StoreStaff,
    SupplierGood,
    UrgentSale,
    Variant,
)
from stores.services.files.kinds import FileKind, OfficeTable, offer, offer_table, price_text
from stores.services.imports.plans import PlanImporter
from stores.services.imports.products import OPTIONS, ProductImporter
from stores.services.imports.stock import StockImporter
from stores.services.imports.suppliers import SupplierImporter
from unions.models import Membership, Union

Permission = StoreStaff.Permission


def _variants(store: Store) -> QuerySet[Any]:
    return (
        Variant.objects.filter(union=store.union_id, store=store, product__archived_at=None, is_active=True)
        .select_related("product__category", "product__tax_class")
        .order_by("product__title", "product_id", "position", "pk")
    )


def _variant_cells(variant: Any, currency: str) -> list[Any]:
    product: Product = variant.product
    options = {str(name).lower(): str(value) for name, value in variant.options.items()}
    return [
        product.slug,
        variant.sku,
        product.title,
        product.description,
        price_text(amount=variant.price, currency=currency),
        price_text(amount=variant.was_price, currency=currency),
        variant.gtin,
        product.kind,
        product.category.name if product.category else "",
        product.tax_class.code,
        "; ".join(product.tags),
        "yes" if product.is_published else "no",
        *(options.get(name, "") for name in OPTIONS),
    ]


def _levels(store: Store) -> QuerySet[Any]:
    levels = StockLevel.objects.filter(union=store.union_id, variant__store=store)
    return levels.select_related("variant__product").order_by("variant__sku", "pk")


def _level_cells(level: Any, currency: str) -> list[Any]:
    return [
        level.variant.sku,
        level.variant.gtin,
        level.on_hand,
        level.low_at,
        level.variant.product.title,
        level.held,
        level.available,
        level.shelf,
        price_text(amount=level.unit_cost, currency=currency),
    ]


def _movements(store: Store) -> QuerySet[Any]:
    moved = StockMovement.objects.filter(union=store.union_id, variant__store=store)
    return moved.select_related("variant").order_by("pk")


def _movement_cells(row: Any, currency: str) -> list[Any]:
    return [row.at, row.variant.sku, row.kind, row.quantity, row.held_change, row.reason, row.reference]


def _goods(store: Store) -> QuerySet[Any]:
    goods = SupplierGood.objects.filter(union=store.union_id, variant__store=store)
    return goods.select_related("supplier", "variant").order_by("supplier__name", "supplier_id", "variant__sku")


def _good_cells(good: Any, currency: str) -> list[Any]:
    supplier = good.supplier
    return [
        supplier.name,
        supplier.contact,
        supplier.email,
        supplier.phone,
        supplier.lead_days,
        good.variant.sku,
        good.code,
        price_text(amount=good.price, currency=currency),
        good.pack_size,
        good.minimum,
    ]


def _ordered(store: Store) -> QuerySet[Any]:
    lines = PurchaseOrderLine.objects.filter(union=store.union_id, purchase_order__store=store)
    return lines.select_related("purchase_order__supplier", "variant").order_by("purchase_order_id", "pk")


def _ordered_cells(line: Any, currency: str) -> list[Any]:
    order = line.purchase_order
    return [
        order.number,
        order.supplier.name,
        order.state,
        order.sent_at,
        order.expected_on,
        line.variant.sku,
        line.code,
        line.quantity,
        line.received,
        price_text(amount=line.unit_price, currency=currency),
    ]


def _plans(store: Store) -> QuerySet[Any]:
    plans = PlannedPrice.objects.filter(union=store.union_id, variant__store=store)
    return plans.select_related("variant__product").order_by("starts_at", "pk")


def _plan_cells(plan: Any, currency: str) -> list[Any]:
    return [
        plan.variant.sku,
        price_text(amount=plan.price, currency=currency),
        plan.starts_at,
        plan.ends_at,
        "yes" if plan.shows_before else "no",
        plan.state,
        plan.variant.product.title,
    ]


def _price_changes(store: Store) -> QuerySet[Any]:
    changes = PriceChange.objects.filter(union=store.union_id, variant__store=store)
    return changes.select_related("variant__product").order_by("pk")


def _price_change_cells(change: Any, currency: str) -> list[Any]:
    return [
        change.at,
        change.variant.sku,
        price_text(amount=change.price, currency=currency),
        price_text(amount=change.was_price, currency=currency),
        change.variant.product.title,
    ]


def _urgent_sales(store: Store) -> QuerySet[Any]:
    sales = UrgentSale.objects.filter(union=store.union_id, store=store)
    return sales.select_related("variant__product", "level").order_by("pk")


def _urgent_cells(sale: Any, currency: str) -> list[Any]:
    return [
        sale.ref,
        sale.variant.sku,
        sale.variant.product.title,
        price_text(amount=sale.price, currency=currency),
        price_text(amount=sale.list_price, currency=currency),
        sale.starts_at,
        sale.ends_at,
        sale.cancelled_at,
        sale.per_shopper,
        sale.level.allotted,
        sale.level.sold,
        sale.level.held,
        sale.level.returned,
    ]


def _members(union: Union) -> QuerySet[Any]:
    return Membership.objects.filter(union=union).select_related("enterprise", "union").order_by("pk")


def _member_cells(member: Any, currency: str) -> list[Any]:
    firm = member.enterprise
    return [
        firm.name,
        firm.legal_name,
        firm.country,
        firm.registration_number,
        firm.tax_number,
        firm.address,
        firm.email,
        firm.phone,
        member.state,
        member.applied_at,
        member.decided_at,
        member.commission_rate,
    ]


def _stores(union: Union) -> QuerySet[Any]:
    stores = Store.objects.filter(union=union)
    return stores.select_related("membership__enterprise", "business_class").order_by("slug")


def _store_cells(store: Any, currency: str) -> list[Any]:
    return [
        store.slug,
        store.name,
        store.membership.enterprise.name,
        store.business_class.code if store.business_class else "",
        *(store.street, store.city, store.postal_code, store.phone, store.email),
        "yes" if store.is_published else "no",
    ]


offer_table(
    table=OfficeTable(
        "members",
        (
            *("name", "legal_name", "country", "registration_number", "tax_number", "address", "email", "phone"),
            *("state", "applied_at", "decided_at", "commission_bp"),
        ),
        _members,
        _member_cells,
    )
)
offer_table(
    table=OfficeTable(
        "stores",
        (
            *("slug", "name", "enterprise", "class", "street", "city", "postal_code", "phone", "email"),
            "is_published",
        ),
        _stores,
        _store_cells,
    )
)
offer(
    kind=FileKind(
        "products",
        _("Goods with variants and prices"),
        Permission.CATALOGUE,
        (
            *("product", "sku", "title", "description", "price", "was_price", "gtin", "kind", "category"),
            *("tax_class", "tags", "is_published", *OPTIONS),
        ),
        _variants,
        _variant_cells,
        ProductImporter(),
    )
)
offer(
    kind=FileKind(
        "stock",
        _("Stock, as counted"),
        Permission.STOCK,
        ("sku", "gtin", "quantity", "low_at", "title", "reserved", "available", "shelf", "unit_cost"),
        _levels,
        _level_cells,
        StockImporter(),
    )
)
offer(
    kind=FileKind(
        "movements",
        _("Movements of stock"),
        Permission.STOCK,
        ("at", "sku", "kind", "quantity", "reserved", "reason", "reference"),
        _movements,
        _movement_cells,
    )
)
offer(
    kind=FileKind(
        "suppliers",
        _("Suppliers with goods and prices"),
        Permission.STOCK,
        ("supplier", "contact", "email", "phone", "lead_days", "sku", "code", "price", "pack_size", "minimum"),
        _goods,
        _good_cells,
        SupplierImporter(),
    )
)
offer(
    kind=FileKind(
        "purchase-orders",
        _("Orders to suppliers"),
        Permission.STOCK,
        (
            *("number", "supplier", "state", "sent_at", "expected_on", "sku", "code", "quantity", "received"),
            "unit_price",
        ),
        _ordered,
        _ordered_cells,
    )
)
offer(
    kind=FileKind(
        "price-plans",
        _("Prices planned ahead"),
        Permission.CATALOGUE,
        ("sku", "price", "starts_at", "ends_at", "shows_before", "state", "title"),
        _plans,
        _plan_cells,
        PlanImporter(),
    )
)
offer(
    kind=FileKind(
        "price-history",
        _("Prices as they were"),
        Permission.CATALOGUE,
        ("at", "sku", "price", "was_price", "title"),
        _price_changes,
        _price_change_cells,
    )
)
offer(
    kind=FileKind(
        "urgent-sales",
        _("Urgent sales"),
        Permission.CATALOGUE,
        (
            *("number", "sku", "title", "price", "usual_price", "starts_at", "ends_at", "cancelled_at"),
            *("per_shopper", "pieces", "sold", "claimed", "gone_back"),
        ),
        _urgent_sales,
        _urgent_cells,
    )
)
