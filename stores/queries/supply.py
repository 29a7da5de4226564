"""Reading suppliers, purchase orders, sheets, how long stock lasts and what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from core.errors import NotFound
from stores.models import (
    PurchaseOrder,
    PurchaseOrderLine,
    SheetLine,
    SoldDay,
    StockLevel,
    StockSheet,
    Store,
    Supplier,
    SupplierGood,
    Variant,
)

COVER_DAYS = 28
"""Days of cover are reckoned from the sales of so many days."""


def suppliers_of(store: Store) -> QuerySet[Supplier]:
    """The store's own suppliers and those of its union, with `good_count` of the store's articles and `open_count`."""
    goods = SupplierGood.objects.filter(supplier=OuterRef("pk"), variant__store=store).order_by()
    orders = PurchaseOrder.objects.filter(supplier=OuterRef("pk"), store=store, state__in=PurchaseOrder.OPEN).order_by()
    return (
        Supplier.objects.filter(union_id=store.union_id)
        .filter(Q(store=store) | Q(store=None))
        .annotate(
            good_count=Coalesce(Subquery(goods.values("supplier").annotate(n=Count("pk")).values("n")), 0),
            open_count=Coalesce(Subquery(orders.values("supplier").annotate(n=Count("pk")).values("n")), 0),
        )
        .order_by("-is_active", "name", "pk")
    )


def supplier_for(store: Store, ref: str) -> Supplier:
    """The supplier with this reference that the store may order from. Raises NotFound."""
    found = suppliers_of(store).filter(ref=ref).first()
    if found is None:
        raise NotFound
    return found


def goods_of(supplier: Supplier, store: Store) -> QuerySet[SupplierGood]:
    """What the supplier has of the store's articles, by title."""
    return (
        SupplierGood.objects.filter(union_id=store.union_id, supplier=supplier, variant__store=store)
        .select_related("variant__product", "variant__stock")
        .order_by("variant__product__title", "variant__position", "pk")
    )


def purchase_orders_of(store: Store, *, state: str = "") -> QuerySet[PurchaseOrder]:
    """The store's orders, newest first, with `pieces`, `arrived` and `total` (minor units)."""
    orders = (
        PurchaseOrder.objects.filter(union_id=store.union_id, store=store)
        .select_related("supplier")
        .annotate(
            pieces=Coalesce(Sum("lines__quantity"), 0),
            arrived=Coalesce(Sum("lines__received"), 0),
            total=Coalesce(Sum(F("lines__quantity") * F("lines__unit_price")), 0),
        )
        .order_by("-pk")
    )
    if state == "open":
        return orders.filter(state__in=[PurchaseOrder.State.DRAFT, *PurchaseOrder.OPEN])
    return orders.filter(state=state) if state in PurchaseOrder.State.values else orders


def purchase_order_for(store: Store, number: str) -> PurchaseOrder:
    """The store's order of this number. Raises NotFound."""
    found = purchase_orders_of(store).filter(number=number).first()
    if found is None:
        raise NotFound
    return found


def lines_of(order: PurchaseOrder) -> QuerySet[PurchaseOrderLine]:
    """Its lines with their articles."""
    return (
        PurchaseOrderLine.objects.filter(union_id=order.union_id, purchase_order=order)
        .select_related("variant__product")
        .order_by("pk")
    )


def receipts_of(order: PurchaseOrder) -> QuerySet[StockSheet]:
    """The booked deliveries of an order, oldest first."""
    return (
        StockSheet.objects.filter(union_id=order.union_id, purchase_order=order, state=StockSheet.State.BOOKED)
        .annotate(pieces=Coalesce(Sum("lines__quantity"), 0))
        .order_by("booked_at", "pk")
    )


def sheets_of(store: Store, *, kind: str = "") -> QuerySet[StockSheet]:
    """The store's sheets, open ones first, with `line_count` and `pieces`."""
    sheets = StockSheet.objects.filter(union_id=store.union_id, store=store).exclude(state=StockSheet.State.DISCARDED)
    if kind in StockSheet.Kind.values:
        sheets = sheets.filter(kind=kind)
    return (
        sheets.select_related("supplier", "purchase_order", "other_store", "created_by")
        .annotate(line_count=Count("lines"), pieces=Coalesce(Sum("lines__quantity"), 0))
        .order_by(F("booked_at").desc(nulls_first=True), "-pk")
    )


def sheet_for(store: Store, number: str) -> StockSheet:
    """The store's sheet of this number. Raises NotFound."""
    found = (
        StockSheet.objects.filter(union_id=store.union_id, store=store, number=number)
        .select_related("supplier", "purchase_order__supplier", "other_store", "category", "created_by", "booked_by")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def sheet_lines(sheet: StockSheet, *, first: int | None = None) -> QuerySet[SheetLine]:
    """Its lines, the one that changed last first, with article, level and (for a delivery) `awaited` pieces.

    Before all others the one of the variant `first`.
    """
    awaited = PurchaseOrderLine.objects.filter(
        purchase_order=sheet.purchase_order_id, variant=OuterRef("variant")
    ).values("quantity")
    lines = (
        SheetLine.objects.filter(union_id=sheet.union_id, sheet=sheet)
        .select_related("variant__product", "variant__stock")
        .annotate(awaited=Subquery(awaited))
    )
    if first is None:
        return lines.order_by("-changed_at", "-pk")
    return lines.order_by(Case(When(variant=first, then=0), default=1), "-changed_at", "-pk")


@dataclass(frozen=True, slots=True)
class SheetSums:
    """What a sheet holds, and what it lays in, or a count found more or less, at cost (minor units)."""

    lines: int
    pieces: int
    cost: int
    known: int
    """Of so many articles that count here the cost is known."""
    unknown: int


def sheet_sums(sheet: StockSheet) -> SheetSums:
    """Of all its lines; an article of which nothing came or is missing needs no cost. One query."""
    moved, each = F("quantity") + 0, F("unit_cost") + 0
    if sheet.kind == StockSheet.Kind.COUNT:
        moved, each = F("quantity") - Coalesce(F("expected"), 0), F("variant__stock__unit_cost") + 0
    lines = SheetLine.objects.filter(union_id=sheet.union_id, sheet=sheet).annotate(moved=moved, each=each)
    sums = lines.order_by().aggregate(
        lines=Count("pk"),
        pieces=Coalesce(Sum("quantity"), 0),
        cost=Coalesce(Sum(F("moved") * F("each")), 0),
        known=Count("pk", filter=~Q(moved=0) & Q(each__isnull=False)),
        unknown=Count("pk", filter=~Q(moved=0) & Q(each=None)),
    )
    return SheetSums(**{name: int(number) for name, number in sums.items()})


def counted_in_scope(sheet: StockSheet) -> QuerySet[Variant]:
    """The articles that a count is about: of its category (and below), its shelf, or all counted ones."""
    variants = Variant.objects.filter(
        union_id=sheet.union_id, store=sheet.store_id, tracks_stock=True, product__archived_at=None
    ).filter(Q(is_active=True) | Q(stock__on_hand__gt=0))
    if sheet.category_id:
        variants = variants.filter(
            Q(product__category=sheet.category_id) | Q(product__category__ancestors__contains=[sheet.category_id])
        )
    if sheet.shelf:
        variants = variants.filter(stock__shelf=sheet.shelf)
    return variants


def missing_of(sheet: StockSheet) -> int:
    """How many articles a count is about and does not hold. One query; 0 for other sheets."""
    if sheet.kind != StockSheet.Kind.COUNT:
        return 0
    held = SheetLine.objects.filter(sheet=sheet, variant=OuterRef("pk"))
    return counted_in_scope(sheet).filter(~Exists(held)).count()


def shelves_of(store: Store) -> list[str]:
    """The shelves that are named in the store."""
    levels = StockLevel.objects.filter(union_id=store.union_id, variant__store=store).exclude(shelf="")
    return list(levels.order_by("shelf").values_list("shelf", flat=True).distinct())


def sister_stores(store: Store) -> QuerySet[Store]:
    """The other stores of its enterprise in the same union."""
    return Store.objects.filter(union_id=store.union_id, membership=store.membership_id).exclude(pk=store.pk)


def variant_by_code(store_id: int, union_id: int, code: str) -> Variant | None:
    """The store's counted article with this number or bar code, those on sale first.

    A GTIN is found with or without the zeros that lead it up to 13 or 14 digits, as scanners send either.
    """
    text = code.strip()
    if not text:
        return None
    wanted = Q(sku__iexact=text) | Q(gtin__in=gtin_forms(text))
    found = Variant.objects.filter(union_id=union_id, store=store_id, tracks_stock=True).filter(wanted)
    return found.select_related("product").order_by("-is_active", "pk").first()


def gtin_forms(text: str) -> list[str]:
    """How a GTIN may be kept that was written like this; none for what is no GTIN."""
    if not (text.isascii() and text.isdecimal() and 8 <= len(text) <= 14):
        return []
    bare = text.lstrip("0")
    return [bare.zfill(length) for length in (8, 12, 13, 14) if length >= len(bare)]


def with_cover(levels: QuerySet[StockLevel], store: Store, *, today: date) -> QuerySet[StockLevel]:
    """Levels with `sold` (pieces of the last COVER_DAYS days, today's not among them) and `coming` (on order)."""
    sold = SoldDay.objects.filter(
        variant=OuterRef("pk"), day__gte=today - timedelta(days=COVER_DAYS), day__lt=today
    ).order_by()
    coming = PurchaseOrderLine.objects.filter(
        variant=OuterRef("pk"), received__lt=F("quantity"), purchase_order__state__in=PurchaseOrder.OPEN
    ).order_by()
    return levels.annotate(
        sold=Coalesce(Subquery(sold.values("variant").annotate(n=Sum("pieces")).values("n")), 0),
        coming=Coalesce(
            Subquery(coming.values("variant").annotate(n=Sum(F("quantity") - F("received"))).values("n")), 0
        ),
    )


def days_of_cover(available: int, sold: int) -> int | None:
    """How many days the available pieces last at the pace of the last COVER_DAYS; None when nothing is sold."""
    return max(available, 0) * COVER_DAYS // sold if sold > 0 else None


@dataclass(frozen=True, slots=True)
class Proposed:
    """An article that runs short: what is there, on its way and sold, and how many to order at what price."""

    supplier_id: int | None
    supplier: str
    variant_id: int
    title: str
    sku: str
    available: int
    low_at: int
    sold: int
    coming: int
    price: int
    quantity: int


@dataclass(frozen=True, slots=True)
class ProposalGroup:
    """What to order from one supplier, or (without) what nobody is known to supply."""

    supplier_id: int | None
    supplier: str
    rows: list[Proposed]

    @property
    def total(self) -> int:
        """In minor units."""
        return sum(row.price * row.quantity for row in self.rows)


# Articles whose free and awaited pieces (drafts count: one press, one order) fall to the mark or would not last until a
# delivery. Ordered is the quantity set for it, or what sells until the delivery after the next, always past the mark
# and in whole packs.
_PROPOSAL = """
WITH short AS (
    SELECT v.id, v.sku, p.title, l.available, l.low_at, l.reorder_quantity, coalesce(s.pieces, 0) AS sold,
           coalesce(c.pieces, 0) AS coming
    FROM stores_stocklevel l
    JOIN stores_variant v ON v.id = l.variant_id
    JOIN stores_product p ON p.id = v.product_id
    LEFT JOIN LATERAL (
        SELECT sum(d.pieces)::int AS pieces FROM stores_soldday d
        WHERE d.variant_id = v.id AND d.day >= (now() AT TIME ZONE %(zone)s)::date - %(days)s
            AND d.day < (now() AT TIME ZONE %(zone)s)::date
    ) s ON true
    LEFT JOIN LATERAL (
        SELECT sum(o.quantity - o.received)::int AS pieces FROM stores_purchaseorderline o
        JOIN stores_purchaseorder r ON r.id = o.purchase_order_id
        WHERE o.variant_id = v.id AND o.received < o.quantity AND r.state IN ('draft', 'sent', 'partly_received')
    ) c ON true
    WHERE v.store_id = %(store)s AND l.union_id = %(union)s AND v.is_active AND v.tracks_stock AND p.archived_at IS NULL
), offered AS (
    SELECT s.*, g.supplier_id, g.name, g.lead_days, g.price, g.pack_size, g.minimum
    FROM short s LEFT JOIN LATERAL (
        SELECT g.supplier_id, u.name, u.lead_days, g.price, g.pack_size, g.minimum
        FROM stores_suppliergood g JOIN stores_supplier u ON u.id = g.supplier_id AND u.is_active
        WHERE g.variant_id = s.id ORDER BY g.is_preferred DESC, g.price, g.id LIMIT 1
    ) g ON true
), needed AS (
    SELECT o.*, greatest(
        CASE WHEN o.reorder_quantity > 0 THEN o.reorder_quantity
             ELSE ceil(o.sold::numeric * (coalesce(o.lead_days, 7) + %(days)s) / %(days)s)::int
                  + o.low_at - o.available - o.coming END,
        o.low_at - o.available - o.coming + 1, coalesce(o.minimum, 1)) AS pieces
    FROM offered o
    WHERE (o.low_at > 0 OR o.sold > 0)
        AND o.available + o.coming <= greatest(
            o.low_at, ceil(o.sold::numeric * coalesce(o.lead_days, 7) / %(days)s)::int)
)
SELECT supplier_id, coalesce(name, ''), id, title, sku, available, low_at, sold, coming, coalesce(price, 0),
       (ceil(pieces::numeric / coalesce(pack_size, 1)) * coalesce(pack_size, 1))::int
FROM needed ORDER BY supplier_id IS NULL, name, supplier_id, title, sku
"""


def order_proposal(store: Store) -> list[ProposalGroup]:
    """What to order now, by supplier (the preferred, else the cheapest one); what nobody supplies comes last."""
    values: dict[str, int | str] = {
        "store": store.pk,
        "union": store.union_id,
        "zone": store.union.time_zone,
        "days": COVER_DAYS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PROPOSAL, values)
        rows = [Proposed(*row) for row in cursor.fetchall()]
    groups: dict[int | None, list[Proposed]] = {}
    for row in rows:
        groups.setdefault(row.supplier_id, []).append(row)
    return [ProposalGroup(pk, found[0].supplier, found) for pk, found in groups.items()]


@dataclass(frozen=True, slots=True)
class ValueRow:
    """What lies on the shelves of a category: pieces, cost (minor units, of those whose cost is known), price."""

    category: str
    articles: int
    pieces: int
    cost: int
    price: int
    without_cost: int


_VALUE = """
SELECT coalesce(c.name, ''), count(*), sum(l.on_hand)::bigint,
       coalesce(sum(l.on_hand::numeric * l.unit_cost), 0), sum(l.on_hand::numeric * v.price),
       count(*) FILTER (WHERE l.unit_cost IS NULL)
FROM stores_stocklevel l
JOIN stores_variant v ON v.id = l.variant_id
JOIN stores_product p ON p.id = v.product_id
LEFT JOIN stores_category c ON c.id = p.category_id
WHERE v.store_id = %(store)s AND l.union_id = %(union)s AND l.on_hand > 0
GROUP BY c.id, c.name ORDER BY 4 DESC, 5 DESC, c.id
"""


def stock_value(store: Store) -> Sequence[ValueRow]:
    """What the stock has cost and would sell for, by category, dearest first."""
    with connection.cursor() as cursor:
        cursor.execute(_VALUE, {"store": store.pk, "union": store.union_id})
        # Numeric: a mistyped price times a mistyped count is more than a bigint, and the page is to show where.
        return [
            ValueRow(category, articles, pieces, int(cost), int(price), without_cost)
            for category, articles, pieces, cost, price, without_cost in cursor.fetchall()
        ]
