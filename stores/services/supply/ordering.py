"""Purchase orders: written, sent to the supplier, called off. Receiving is booked by sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid, NotFound, WrongState
from core.outbox import publish
from core.references import new_reference
from stores.events import PURCHASE_ORDER_SENT
from stores.models import PurchaseOrder, PurchaseOrderLine, Store, Supplier, SupplierGood, Variant
from stores.queries.supply import order_proposal

State = PurchaseOrder.State
MOST_LINES = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many pieces of a variant; without a price (minor units, per piece) that of the supplier's list counts."""

    variant: Variant
    quantity: int
    unit_price: int | None = None


@transaction.atomic
def write_order(
    *,
    store: Store,
    supplier: Supplier,
    wanted: Sequence[Wanted],
    actor: User | None,
    now: datetime,
    note: str = "",
) -> PurchaseOrder:
    """A draft to the supplier. Raises Invalid for no pieces or an article without a price, NotFound for strangers."""
    if supplier.union_id != store.union_id or supplier.store_id not in (None, store.pk):
        raise NotFound
    together: dict[int, Wanted] = {}
    for one in wanted:
        # Named twice, it is ordered together, at the price that was said last.
        before = together.get(one.variant.pk)
        together[one.variant.pk] = replace(one, quantity=one.quantity + (before.quantity if before else 0))
    if len(together) > MOST_LINES:
        raise Invalid(_("An order has at most 1,000 lines."))
    order = PurchaseOrder.objects.create(
        union_id=store.union_id,
        store=store,
        supplier=supplier,
        number=new_reference("PO"),
        note=note[:400],
        created_by=actor,
        created_at=now,
    )
    goods = _goods_of(order, list(together))
    PurchaseOrderLine.objects.bulk_create(
        PurchaseOrderLine(
            union_id=order.union_id, purchase_order=order, variant_id=pk, **_frozen(order, one, goods.get(pk))
        )
        for pk, one in together.items()
    )
    return order


@transaction.atomic
def put_line(*, order: PurchaseOrder, wanted: Wanted, actor: User | None, now: datetime) -> None:
    """Put a line on a draft, change it, or (no pieces of what stands there) take it off.

    Raises WrongState, Invalid (also for no pieces of what does not stand there), NotFound.
    """
    _locked(order, State.DRAFT)
    there = PurchaseOrderLine.objects.filter(union=order.union_id, purchase_order=order, variant=wanted.variant)
    if wanted.quantity == 0 and there.delete()[0]:
        return
    values = _frozen(order, wanted, _goods_of(order, [wanted.variant.pk]).get(wanted.variant.pk))
    if order.lines.count() >= MOST_LINES:
        raise Invalid(_("An order has at most 1,000 lines."))
    PurchaseOrderLine.objects.update_or_create(
        union_id=order.union_id, purchase_order=order, variant_id=wanted.variant.pk, defaults=values
    )


@transaction.atomic
def send_order(*, order: PurchaseOrder, actor: User | None, now: datetime, expected_on: date | None = None) -> None:
    """Order what the draft says; the supplier gets it by mail if there is an address.

    It is expected after the supplier's days unless said otherwise. Raises WrongState, Invalid for an empty draft or
    for a day that is over where the union is.
    """
    held = _locked(order, State.DRAFT)
    if not PurchaseOrderLine.objects.filter(union=order.union_id, purchase_order=order).exists():
        raise Invalid(_("Nothing stands on this order yet."))
    today = now.astimezone(ZoneInfo(held.store.union.time_zone)).date()
    if expected_on is not None and expected_on < today:
        raise Invalid(_("This day is over: goods are expected today or later."), field="expected_on")
    held.state, held.sent_at = State.SENT, now
    held.expected_on = expected_on or today + timedelta(days=held.supplier.lead_days)
    held.save(update_fields=["state", "sent_at", "expected_on"])
    publish(PURCHASE_ORDER_SENT, aggregate=f"purchase-order:{held.pk}", purchase_order_id=held.pk)
    _follow(order, held)


@transaction.atomic
def call_off_order(*, order: PurchaseOrder, actor: User | None, now: datetime) -> None:
    """Nothing (more) is to come. One of which a part has come counts as received. Raises WrongState."""
    held = _locked(order, State.DRAFT, State.SENT, State.PARTLY_RECEIVED)
    held.state = State.RECEIVED if held.state == State.PARTLY_RECEIVED else State.CANCELLED
    held.closed_at = now
    held.save(update_fields=["state", "closed_at"])
    _follow(order, held)


@transaction.atomic
def order_what_is_short(*, store: Store, actor: User | None, now: datetime) -> list[PurchaseOrder]:
    """Write a draft to every supplier of what runs short now, as the proposal says. None where nothing does.

    The store is locked: two presses at once write one set of drafts, as a draft counts as on its way.
    """
    Store.objects.select_for_update(no_key=True).get(pk=store.pk, union=store.union_id)
    orders = []
    for group in order_proposal(store):
        if group.supplier_id is not None:
            supplier = Supplier.objects.get(pk=group.supplier_id, union=store.union_id)
            wanted = [
                Wanted(Variant(pk=row.variant_id, store_id=store.pk), row.quantity, row.price) for row in group.rows
            ]
            orders.append(write_order(store=store, supplier=supplier, wanted=wanted, actor=actor, now=now))
    return orders


def _goods_of(order: PurchaseOrder, variants: Sequence[int]) -> dict[int, SupplierGood]:
    """What the order's supplier has of these, by variant."""
    goods = SupplierGood.objects.filter(union=order.union_id, supplier=order.supplier_id, variant__in=variants)
    return {good.variant_id: good for good in goods}


def _frozen(order: PurchaseOrder, wanted: Wanted, good: SupplierGood | None) -> dict[str, Any]:
    """What a line says. Raises Invalid, NotFound."""
    if wanted.quantity < 1:
        raise Invalid(_("Give a quantity of at least one."), field="quantity")
    if wanted.variant.store_id != order.store_id:
        raise NotFound
    price = wanted.unit_price if wanted.unit_price is not None else (good.price if good else None)
    if price is None:
        raise Invalid(_("Say what a piece costs: the supplier's list does not have it."), field="unit_price")
    return {"quantity": wanted.quantity, "unit_price": price, "code": good.code if good else ""}


def _locked(order: PurchaseOrder, *states: State) -> PurchaseOrder:
    held = (
        PurchaseOrder.objects.select_for_update(of=("self",))
        .select_related("supplier", "store__union")
        .get(pk=order.pk, union=order.union_id)
    )
    if held.state not in states:
        raise WrongState(state=held.state)
    return held


def _follow(order: PurchaseOrder, held: PurchaseOrder) -> None:
    order.state, order.sent_at, order.closed_at, order.expected_on = (
        held.state,
        held.sent_at,
        held.closed_at,
        held.expected_on,
    )
