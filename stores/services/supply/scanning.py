"""Articles put on a sheet: scanned, typed or filled in, by several people at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid, NotFound, WrongState
from core.references import new_reference
from stores.models import (
    Category,
    PurchaseOrder,
    SheetLine,
    StockLevel,
    StockMovement,
    StockSheet,
    Store,
    Supplier,
    Variant,
)
from stores.queries.supply import counted_in_scope, variant_by_code
from stores.services.stock_sql import FIRST_LEVELS

Kind = StockSheet.Kind
LARGEST = 1_000_000
TIMES = re.compile(r"(?:(.*?)\s*[*×]|([-+\d.,]+)\s*x)\s*(.*)", re.IGNORECASE)
"""`12*4006381333931`: twelve of it, as scanners with a multiplier send. Not everything in front is a count."""
COUNT = re.compile(r"\d{1,7}")
ALMOST = re.compile(r"[-+−\d.,\s]*")
"""What somebody means as a count, right or wrong."""


class UnknownCode(Invalid):
    """No counted article of the store has this number or bar code."""

    code = "unknown_code"
    detail = _("No article of this store has this number or bar code.")


class WrongCount(Invalid):
    """In front of the code stands something else than how many of it."""

    code = "wrong_count"
    detail = _("How many? A whole number from 1 to 1,000,000.")


@transaction.atomic
def open_sheet(
    *,
    store: Store,
    kind: str,
    actor: User | None,
    now: datetime,
    cause: str = "",
    supplier: Supplier | None = None,
    purchase_order: PurchaseOrder | None = None,
    delivery_note: str = "",
    other_store: Store | None = None,
    category: Category | None = None,
    shelf: str = "",
    note: str = "",
) -> StockSheet:
    """Begin a sheet. An order brings its supplier along. Raises Invalid, WrongState for an order that is not open.

    Goods are carried to another store of the same enterprise in the same union only.
    """
    if kind not in Kind.values:
        raise Invalid(field="kind")
    if kind == Kind.TAKE_OUT and cause not in StockSheet.Cause.values:
        raise Invalid(_("Say why goods are taken out."), field="cause")
    if kind == Kind.TRANSFER:
        if other_store is None or other_store.pk == store.pk or other_store.membership_id != store.membership_id:
            raise Invalid(_("Choose another store of your enterprise."), field="other_store")
    else:
        other_store = None
    if purchase_order is not None:
        if purchase_order.store_id != store.pk:
            raise NotFound
        if purchase_order.state not in PurchaseOrder.OPEN:
            raise WrongState(state=purchase_order.state)
        supplier = purchase_order.supplier
    if supplier is not None and (supplier.union_id != store.union_id or supplier.store_id not in (None, store.pk)):
        raise NotFound
    return StockSheet.objects.create(
        union_id=store.union_id,
        store=store,
        number=new_reference("ST"),
        kind=kind,
        cause=cause if kind == Kind.TAKE_OUT else "",
        supplier=supplier if kind == Kind.LAY_IN else None,
        purchase_order=purchase_order if kind == Kind.LAY_IN else None,
        delivery_note=delivery_note.strip() if kind == Kind.LAY_IN else "",
        other_store=other_store,
        category=category if kind == Kind.COUNT else None,
        shelf=shelf.strip() if kind == Kind.COUNT else "",
        note=note.strip(),
        created_by=actor,
        created_at=now,
    )


@transaction.atomic
def scan(*, sheet: StockSheet, code: str, actor: User | None, now: datetime) -> SheetLine:
    """One more piece of the article with this number or bar code (`12*code`: twelve more).

    Raises Invalid for no code, UnknownCode, WrongCount, WrongState when the sheet is booked.
    """
    hold_open(sheet=sheet)
    pieces, variant = _read(sheet, code.strip())
    line = _line_of(sheet, variant)
    return _write(sheet, variant, (line.quantity if line else 0) + pieces, line.unit_cost if line else None, now)


@transaction.atomic
def set_pieces(
    *,
    sheet: StockSheet,
    variant: Variant,
    quantity: int,
    actor: User | None,
    now: datetime,
    unit_cost: int | None = None,
) -> SheetLine:
    """So many pieces of the variant and no others; `unit_cost` in minor units for what is laid in. Raises Invalid."""
    hold_open(sheet=sheet)
    if variant.store_id != sheet.store_id or not variant.tracks_stock:
        raise NotFound
    return _write(sheet, variant, quantity, unit_cost, now)


@transaction.atomic
def put_on(
    *, sheet: StockSheet, pieces: Sequence[tuple[Variant, int, int | None]], actor: User | None, now: datetime
) -> None:
    """Put articles on the sheet of which none stands there yet, each with its pieces and the cost of one, or None.

    Raises Invalid, NotFound, WrongState.
    """
    hold_open(sheet=sheet)
    if any(variant.store_id != sheet.store_id or not variant.tracks_stock for variant, _quantity, _cost in pieces):
        raise NotFound
    _write_new(sheet, pieces, now)


@transaction.atomic
def take_off(*, sheet: StockSheet, variant: Variant, actor: User | None, now: datetime) -> None:
    """Take a line off the sheet."""
    hold_open(sheet=sheet)
    SheetLine.objects.filter(union=sheet.union_id, sheet=sheet, variant=variant).delete()


@transaction.atomic
def fill_in(*, sheet: StockSheet, actor: User | None, now: datetime) -> int:
    """Put on the sheet what is missing: all that an order still brings, or what was not counted, as none. How many."""
    hold_open(sheet=sheet)
    there = set(SheetLine.objects.filter(union=sheet.union_id, sheet=sheet).values_list("variant_id", flat=True))
    if sheet.purchase_order_id:
        lines = sheet.purchase_order.lines.select_related("variant")  # type: ignore[union-attr]
        missing = [(line.variant, line.rest) for line in lines if line.rest]
    elif sheet.kind == Kind.COUNT:
        missing = [(variant, 0) for variant in counted_in_scope(sheet)]
    else:
        missing = []
    fresh = [(variant, quantity, None) for variant, quantity in missing if variant.pk not in there]
    _write_new(sheet, fresh, now)
    return len(fresh)


@transaction.atomic
def discard_sheet(*, sheet: StockSheet, actor: User | None, now: datetime) -> None:
    """Throw an open sheet away; nothing was moved by it. Raises WrongState."""
    hold_open(sheet=sheet)
    StockSheet.objects.filter(pk=sheet.pk, union=sheet.union_id).update(state=StockSheet.State.DISCARDED)
    sheet.state = StockSheet.State.DISCARDED


def hold_open(*, sheet: StockSheet) -> StockSheet:
    """Lock the sheet and see that it is open: two phones write one after the other. Raises WrongState."""
    held = StockSheet.objects.select_for_update(of=("self",)).get(pk=sheet.pk, union=sheet.union_id)
    if held.state != StockSheet.State.OPEN:
        raise WrongState(state=held.state)
    return held


def _read(sheet: StockSheet, text: str) -> tuple[int, Variant]:
    """How many pieces of what. An article whose own number looks like a count and a code comes first."""
    variant = variant_by_code(sheet.store_id, sheet.union_id, text)
    if variant is not None:
        return 1, variant
    count, article = "1", text
    if found := TIMES.fullmatch(text):
        count, article = found[1] if found[2] is None else found[2], found[3]
        variant = variant_by_code(sheet.store_id, sheet.union_id, article)
        wrong = not COUNT.fullmatch(count) or not 1 <= int(count) <= LARGEST
        # `AB*12` without such an article is more likely a number mistyped than a count.
        if wrong and (variant is not None or (found[2] is None and ALMOST.fullmatch(count))):
            raise WrongCount(field="code")
    if not article:
        raise Invalid(_("Type or scan a code."), field="code")
    if variant is None:
        raise UnknownCode(field="code")
    return int(count), variant


def _line_of(sheet: StockSheet, variant: Variant) -> SheetLine | None:
    return SheetLine.objects.filter(union=sheet.union_id, sheet=sheet, variant=variant).first()


def _write(sheet: StockSheet, variant: Variant, quantity: int, unit_cost: int | None, now: datetime) -> SheetLine:
    _check_quantity(quantity)
    values: dict[str, object] = {"quantity": quantity, "unit_cost": unit_cost, "changed_at": now}
    if sheet.kind == Kind.COUNT:
        values |= _as_it_stands(sheet, [variant.pk])[variant.pk]
    line, _made = SheetLine.objects.update_or_create(
        union_id=sheet.union_id, sheet=sheet, variant=variant, defaults=values
    )
    return line


def _write_new(sheet: StockSheet, pieces: Sequence[tuple[Variant, int, int | None]], now: datetime) -> None:
    """The same of many that are not there yet, in as many statements as for one."""
    for _variant, quantity, _cost in pieces:
        _check_quantity(quantity)
    keys = [variant.pk for variant, _quantity, _cost in pieces]
    counted = _as_it_stands(sheet, keys) if sheet.kind == Kind.COUNT and keys else {}
    SheetLine.objects.bulk_create(
        SheetLine(
            union_id=sheet.union_id,
            sheet=sheet,
            variant=variant,
            quantity=quantity,
            unit_cost=unit_cost,
            changed_at=now,
            **counted.get(variant.pk, {}),
        )
        for variant, quantity, unit_cost in sorted(pieces, key=lambda one: one[0].pk)
    )


def _check_quantity(quantity: int) -> None:
    if quantity < 0:
        raise Invalid(_("A count is not negative."), field="quantity")
    if quantity > LARGEST:
        raise Invalid(_("A line has at most 1,000,000 pieces."), field="quantity")


def _as_it_stands(sheet: StockSheet, variants: Sequence[int]) -> dict[int, dict[str, int | None]]:
    """What a counted line remembers of each of these variants, whose levels are locked in their order."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST_LEVELS, {"variants": list(variants)})
    # Under the lock of the level no movement is under way: what is on hand and the newest movement fit.
    levels = StockLevel.objects.select_for_update(no_key=True).filter(pk__in=variants, union=sheet.union_id)
    on_hand = dict(levels.order_by("pk").values_list("pk", "on_hand"))
    newest = StockMovement.objects.filter(variant=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    last = Variant.objects.filter(union=sheet.union_id, pk__in=variants).values_list("pk", Subquery(newest))
    return {pk: {"expected": on_hand[pk], "movement_id": movement_id} for pk, movement_id in last}
