"""A sheet becomes movements: all of its lines or none, under the sheet's number as their reference.

Locks in this order: sheet, purchase order, its lines, stock levels (by variant). Whoever sells locks levels only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, WrongState, constraint_of
from core.outbox import publish
from stores.events import SHEET_BOOKED
from stores.models import (
    PurchaseOrder,
    PurchaseOrderLine,
    SheetLine,
    StockLevel,
    StockMovement,
    StockSheet,
    Store,
    Supplier,
    SupplierGood,
    Variant,
)
from stores.services.stock import move_pieces
from stores.services.supply.scanning import hold_open, open_sheet, put_on

Kind = StockSheet.Kind

AVERAGE = """
UPDATE stores_stocklevel l SET unit_cost = CASE
    WHEN l.unit_cost IS NULL OR l.on_hand <= d.pieces THEN d.cost
    ELSE round(((l.on_hand - d.pieces)::numeric * l.unit_cost + d.pieces::numeric * d.cost) / l.on_hand)
END
FROM unnest(%(variants)s::bigint[], %(pieces)s::bigint[], %(costs)s::bigint[]) AS d(variant_id, pieces, cost)
WHERE l.variant_id = d.variant_id AND l.union_id = %(union)s AND d.pieces > 0
"""
RECEIVE = """
UPDATE stores_purchaseorderline l SET received = l.received + d.pieces
FROM unnest(%(variants)s::bigint[], %(pieces)s::bigint[]) AS d(variant_id, pieces)
WHERE l.purchase_order_id = %(order)s AND l.union_id = %(union)s AND l.variant_id = d.variant_id
    AND l.received + d.pieces <= l.quantity
RETURNING l.variant_id
"""
LOCK = "SELECT FROM stores_stocklevel WHERE variant_id = ANY(%(variants)s) ORDER BY variant_id FOR UPDATE"


class NoteTaken(DomainError):
    """This delivery note of the supplier is booked already; `sheet` is where."""

    code = "delivery_note_booked"
    detail = _("This delivery note is booked already.")


class MoreThanOrdered(Invalid):
    """More of an article came than the order still awaits; `sku` and `rest` say of what and how much."""

    code = "more_than_ordered"
    detail = _("More came than was ordered. Book what was ordered here, and the rest on a sheet of its own.")


class NotThere(Invalid):
    """The other store has no article of this number."""

    code = "not_in_other_store"
    detail = _("The other store has no counted article of this number.")


@transaction.atomic
def book_sheet(*, sheet: StockSheet, actor: User | None, now: datetime) -> StockSheet:
    """Move the stock as the sheet says. Raises WrongState, Invalid for an empty sheet, OutOfStock, NoteTaken,
    MoreThanOrdered, NotThere; then nothing has changed.
    """
    held = hold_open(sheet=sheet)
    lines = list(
        SheetLine.objects.filter(union=held.union_id, sheet=held).select_related("variant").order_by("variant_id")
    )
    if (not any(line.quantity for line in lines) and held.kind != Kind.COUNT) or not lines:
        raise Invalid(_("Nothing stands on this sheet yet."))
    _close(held, actor, now)
    match held.kind:
        case Kind.LAY_IN:
            _lay_in(held, lines, actor, now)
        case Kind.TAKE_OUT:
            _move(held, StockMovement.Kind.TAKEN_OUT, [(line.variant_id, -line.quantity) for line in lines], actor, now)
        case Kind.TRANSFER:
            _carry(held, lines, actor, now)
        case Kind.COUNT:
            _move(held, StockMovement.Kind.ADJUSTED, [(line.variant_id, line.difference) for line in lines], actor, now)
    publish(SHEET_BOOKED, aggregate=f"stock-sheet:{held.pk}", sheet_id=held.pk)
    sheet.state, sheet.booked_at, sheet.booked_by = held.state, held.booked_at, held.booked_by
    return held


@transaction.atomic
def receive_delivery(
    *,
    store: Store,
    pieces: Sequence[tuple[Variant, int, int | None]],
    actor: User | None,
    now: datetime,
    purchase_order: PurchaseOrder | None = None,
    supplier: Supplier | None = None,
    delivery_note: str = "",
    note: str = "",
) -> StockSheet:
    """Lay in a whole delivery (variant, pieces, cost of a piece or None) at once; answers with its sheet.

    An article that stands there twice, in two boxes say, has come with both. A delivery note that is booked already
    answers with the sheet of that time and moves nothing.
    """
    if purchase_order is not None:
        supplier = purchase_order.supplier
        # Deliveries of one order one after the other: the second sees the first one's note.
        purchase_order.state = (
            PurchaseOrder.objects.select_for_update().get(pk=purchase_order.pk, union=store.union_id).state
        )
    if delivery_note.strip():
        known = StockSheet.objects.filter(
            union=store.union_id,
            store=store,
            supplier=supplier,
            kind=Kind.LAY_IN,
            state=StockSheet.State.BOOKED,
            delivery_note=delivery_note.strip(),
        ).first()
        if known is not None:
            return known
    sheet = open_sheet(
        store=store,
        kind=Kind.LAY_IN,
        actor=actor,
        now=now,
        supplier=supplier,
        purchase_order=purchase_order,
        delivery_note=delivery_note,
        note=note,
    )
    put_on(sheet=sheet, pieces=_together(pieces), actor=actor, now=now)
    return book_sheet(sheet=sheet, actor=actor, now=now)


def _together(pieces: Sequence[tuple[Variant, int, int | None]]) -> list[tuple[Variant, int, int | None]]:
    """Every article once, in key order; what pieces have cost on average, of those whose cost is told."""
    found: dict[int, tuple[Variant, int, int, int]] = {}
    for variant, quantity, cost in pieces:
        _same, count, told, worth = found.get(variant.pk, (variant, 0, 0, 0))
        if cost is not None:
            told, worth = told + quantity, worth + quantity * cost
        found[variant.pk] = (variant, count + quantity, told, worth)
    return [
        (variant, count, round(worth / told) if told else None)
        for _pk, (variant, count, told, worth) in sorted(found.items())
    ]


def _close(sheet: StockSheet, actor: User | None, now: datetime) -> None:
    sheet.state, sheet.booked_at, sheet.booked_by = StockSheet.State.BOOKED, now, actor
    try:
        with transaction.atomic():
            sheet.save(update_fields=["state", "booked_at", "booked_by"])
    except IntegrityError as error:
        if constraint_of(error) == "stock_sheet_note_once":
            raise NoteTaken(delivery_note=sheet.delivery_note) from error
        raise


def _lay_in(sheet: StockSheet, lines: list[SheetLine], actor: User | None, now: datetime) -> None:
    costs: dict[int, int] = {}
    if sheet.supplier_id:
        goods = SupplierGood.objects.filter(union=sheet.union_id, supplier=sheet.supplier_id)
        costs |= dict(goods.filter(variant__in=[line.variant_id for line in lines]).values_list("variant", "price"))
    if sheet.purchase_order_id:
        costs |= _receive_order(sheet, sheet.purchase_order_id, lines, now)
    _move(
        sheet, StockMovement.Kind.RECEIVED, [(line.variant_id, line.quantity) for line in lines], actor, now, first=True
    )
    known = {line.variant_id: line.unit_cost for line in lines if line.unit_cost is not None}
    missing = {line.variant_id: costs[line.variant_id] for line in lines if line.variant_id in costs}
    all_costs = missing | known
    for line in lines:
        if line.unit_cost is None and line.variant_id in all_costs:
            line.unit_cost = all_costs[line.variant_id]
    SheetLine.objects.bulk_update(lines, ["unit_cost"])
    _average(
        sheet,
        [
            (line.variant_id, line.quantity, all_costs[line.variant_id])
            for line in lines
            if line.variant_id in all_costs
        ],
    )


def _receive_order(sheet: StockSheet, order_id: int, lines: list[SheetLine], now: datetime) -> dict[int, int]:
    """Note on the order what has come; the price of a piece there by variant. Extras are laid in all the same."""
    order = PurchaseOrder.objects.select_for_update().get(pk=order_id, union=sheet.union_id)
    if order.state not in PurchaseOrder.OPEN:
        raise WrongState(state=order.state)
    ordered = {line.variant_id: line for line in PurchaseOrderLine.objects.filter(purchase_order=order)}
    came = [line for line in lines if line.variant_id in ordered]
    values: dict[str, Any] = {
        "variants": [line.variant_id for line in came],
        "pieces": [line.quantity for line in came],
        "order": order.pk,
        "union": order.union_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(RECEIVE, values)
        grown = {variant_id for (variant_id,) in cursor.fetchall()}
    for line in came:
        if line.variant_id not in grown:
            raise MoreThanOrdered(sku=line.variant.sku, rest=ordered[line.variant_id].rest)
    still_open = PurchaseOrderLine.objects.filter(purchase_order=order, received__lt=F("quantity")).exists()
    order.state = PurchaseOrder.State.PARTLY_RECEIVED if still_open else PurchaseOrder.State.RECEIVED
    order.closed_at = None if still_open else now
    order.save(update_fields=["state", "closed_at"])
    return {pk: line.unit_price for pk, line in ordered.items()}


def _carry(sheet: StockSheet, lines: list[SheetLine], actor: User | None, now: datetime) -> None:
    """Out here and in there, with one reference; the cost of a piece goes along."""
    skus = {line.variant.sku for line in lines}
    there = {
        variant.sku: variant
        for variant in Variant.objects.filter(
            union=sheet.union_id, store=sheet.other_store_id, sku__in=skus, tracks_stock=True
        )
    }
    if missing := sorted(skus - set(there)):
        raise NotThere(
            _("The other store has no counted article numbered %(sku)s.") % {"sku": ", ".join(missing[:5])},
            sku=missing[0],
        )
    pairs = [(line.variant_id, there[line.variant.sku].pk, line.quantity) for line in lines]
    # All levels at once in their order: two sheets in opposite directions do not wait for each other.
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"variants": [pk for here, yonder, _pieces in pairs for pk in (here, yonder)]})
    levels = StockLevel.objects.filter(union=sheet.union_id, pk__in=[here for here, _there, _pieces in pairs])
    costs = {level.pk: level.unit_cost for level in levels if level.unit_cost is not None}
    _move(sheet, StockMovement.Kind.TAKEN_OUT, [(here, -pieces) for here, _there, pieces in pairs], actor, now)
    _move(
        sheet,
        StockMovement.Kind.RECEIVED,
        [(yonder, pieces) for _here, yonder, pieces in pairs],
        actor,
        now,
        first=True,
    )
    _average(sheet, [(yonder, pieces, costs[here]) for here, yonder, pieces in pairs if here in costs])


def _move(
    sheet: StockSheet,
    kind: StockMovement.Kind,
    changes: Sequence[tuple[int, int]],
    actor: User | None,
    now: datetime,
    *,
    first: bool = False,
) -> None:
    said = " · ".join(filter(None, [sheet.delivery_note, sheet.note]))
    move_pieces(
        union_id=sheet.union_id,
        changes=[change for change in changes if change[1]],
        kind=kind,
        actor=actor,
        reason=said[:200],
        reference=sheet.number,
        now=now,
        first=first,
    )


def _average(sheet: StockSheet, received: Sequence[tuple[int, int, int]]) -> None:
    """What a piece costs on average, now that so many came at a cost."""
    if received:
        variants, pieces, costs = zip(*received, strict=True)
        values: dict[str, Any] = {
            "variants": list(variants),
            "pieces": list(pieces),
            "costs": list(costs),
            "union": sheet.union_id,
        }
        with connection.cursor() as cursor:
            cursor.execute(AVERAGE, values)
